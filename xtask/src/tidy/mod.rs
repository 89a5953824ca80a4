//! The house style, as far as a program can check it.
//!
//! Size limits, forbidden constructs and things that must not be committed. Each rule is a plain function
//! over one file in [`rules`] or [`files`]; [`source`] separates code from comments, strings and tests for
//! them. The rules are heuristics for code that rustfmt has formatted, and they err on the side of reporting.

mod files;
mod rules;
mod source;

#[cfg(test)]
mod tests;

use {
    anyhow::{Context, Result},
    std::{
        fmt, fs,
        path::{Path, PathBuf},
        process::Command,
    },
};

/// One breach of one rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// From the workspace's root, with forward slashes.
    pub path: String,
    /// Counted from 1; 0 means the file as a whole.
    pub line: usize,
    pub rule: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(formatter, "{}: {}", self.path, self.rule),
            line => write!(formatter, "{}:{line}: {}", self.path, self.rule),
        }
    }
}

/// Applies every rule to every file that is tracked or about to be.
pub fn check(root: &Path) -> Result<Vec<Violation>> {
    let mut violations = Vec::new();
    for path in listed_files(root)? {
        // A file may be listed and already deleted; that is not a matter of style.
        let Ok(bytes) = fs::read(root.join(&path)) else { continue };
        check_file(&path, &bytes, &mut violations);
    }
    Ok(violations)
}

/// Applies every rule to one file.
fn check_file(path: &str, bytes: &[u8], violations: &mut Vec<Violation>) {
    let mut report =
        |line: usize, rule: String| violations.push(Violation { path: path.to_owned(), line, rule });
    files::check_name(path, &mut report);
    files::check_content(path, bytes, &mut report);
    if let (true, Ok(text)) = (path.ends_with(".rs"), std::str::from_utf8(bytes)) {
        rules::check_all(path, &source::Source::new(path, text), &mut report);
    }
}

/// Files as git sees them, or all files when this is not a git checkout.
fn listed_files(root: &Path) -> Result<Vec<String>> {
    let mut git = Command::new("git");
    git.arg("-C").arg(root).args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
    if let Ok(result) = git.output() {
        if result.status.success() {
            let listing = String::from_utf8(result.stdout).context("a file name is not text")?;
            return Ok(listing.split('\0').filter(|path| !path.is_empty()).map(String::from).collect());
        }
    }
    let mut found = Vec::new();
    walk(root, &mut PathBuf::new(), &mut found)?;
    found.sort();
    Ok(found)
}

fn walk(root: &Path, below: &mut PathBuf, found: &mut Vec<String>) -> Result<()> {
    const BUILD_OUTPUT: [&str; 3] = ["target", "out", ".git"];
    let folder = root.join(&below);
    for entry in fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let entry = entry?;
        let name = entry.file_name();
        below.push(&name);
        if entry.file_type()?.is_dir() {
            if !BUILD_OUTPUT.contains(&name.to_string_lossy().as_ref()) {
                walk(root, below, found)?;
            }
        } else {
            found.push(below.to_string_lossy().replace('\\', "/"));
        }
        below.pop();
    }
    Ok(())
}
