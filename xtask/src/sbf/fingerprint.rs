//! When a program is up to date.
//!
//! Cargo would know too, but asking it means preparing the tool chain and a second or two per program. The
//! fingerprint covers what decides the bytes of the .so: the sources of the program and of the workspace
//! crates it depends on, the resolved versions of everything else, the flags and the tool chain; and the .so
//! itself, so that a file overwritten by something else is noticed.

use {
    super::Program,
    crate::process::{cargo, output, workspace_root},
    anyhow::{Context, Result},
    std::{
        fs,
        hash::{DefaultHasher, Hash, Hasher},
        path::{Path, PathBuf},
        thread,
    },
};

/// The fingerprint of each program, in order. `extra` is what else decides a program's bytes.
pub fn of_all(programs: &[Program], extra: impl Fn(&Program) -> String) -> Result<Vec<String>> {
    // Asking cargo for the dependencies is most of the time of a no-op, so the questions go in parallel.
    let trees: Vec<_> = thread::scope(|scope| {
        let asked: Vec<_> = programs.iter().map(|program| scope.spawn(|| dependency_tree(program))).collect();
        asked.into_iter().map(|answer| answer.join().expect("the thread does not panic")).collect()
    });
    programs.iter().zip(trees).map(|(program, tree)| of(&tree?, &extra(program))).collect()
}

/// True when the .so and the fingerprint beside it belong together and nothing has changed since.
pub fn is_current(so: &Path, print: &str) -> bool {
    let Ok(stored) = fs::read_to_string(stored_path(so)) else { return false };
    fs::read(so).is_ok_and(|bytes| stored == with_content(print, &bytes))
}

/// Remembers that the .so belongs to the fingerprint.
pub fn store(so: &Path, print: &str) -> Result<()> {
    let bytes = fs::read(so).with_context(|| format!("the build left no {}", so.display()))?;
    let path = stored_path(so);
    fs::write(&path, with_content(print, &bytes)).with_context(|| format!("cannot write {}", path.display()))
}

fn stored_path(so: &Path) -> PathBuf {
    so.with_extension("fingerprint")
}

fn with_content(print: &str, so: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    so.hash(&mut hasher);
    format!("{print} {:016x}\n", hasher.finish())
}

/// Every dependency with its version, one a line; those of the workspace also have their folder in brackets.
fn dependency_tree(program: &Program) -> Result<String> {
    output(&mut cargo([
        "tree",
        "--quiet",
        "--package",
        program.package,
        "--edges=normal,build",
        "--target=all",
        "--prefix=none",
        "--format={p} {f}",
    ]))
}

fn of(tree: &str, extra: &str) -> Result<String> {
    let mut hasher = DefaultHasher::new();
    extra.hash(&mut hasher);
    tree.hash(&mut hasher);
    let root = workspace_root();
    hash_file(&root.join("Cargo.toml"), &mut hasher)?;
    for folder in workspace_folders(tree) {
        hash_file(&folder.join("Cargo.toml"), &mut hasher)?;
        if folder.join("build.rs").exists() {
            hash_file(&folder.join("build.rs"), &mut hasher)?;
        }
        hash_folder(&folder.join("src"), &mut hasher)?;
    }
    Ok(format!("{:016x}", hasher.finish()))
}

/// The folders named in a dependency tree: `name v0.1.0 (/folder) features`.
fn workspace_folders(tree: &str) -> Vec<PathBuf> {
    let in_brackets = |line: &str| Some(line.split_once(" (/")?.1.split_once(')')?.0.to_owned());
    let mut folders: Vec<_> =
        tree.lines().filter_map(in_brackets).map(|path| PathBuf::from(format!("/{path}"))).collect();
    folders.sort();
    folders.dedup();
    folders
}

fn hash_folder(folder: &Path, hasher: &mut DefaultHasher) -> Result<()> {
    let entries = fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    paths.sort();
    for path in paths {
        if path.is_dir() {
            hash_folder(&path, hasher)?;
        } else {
            hash_file(&path, hasher)?;
        }
    }
    Ok(())
}

fn hash_file(path: &Path, hasher: &mut DefaultHasher) -> Result<()> {
    path.hash(hasher);
    fs::read(path).with_context(|| format!("cannot read {}", path.display()))?.hash(hasher);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn workspace_folders_are_found_once_and_features_are_not_mistaken_for_them() {
        let tree =
            "probe v0.1.0 (/a/probe) \nhelpers v0.1.0 (/a/helpers) default\nsyn v2.0.1 (proc-macro) full\n\
                    helpers v0.1.0 (/a/helpers) default (*)\n";
        assert_eq!(workspace_folders(tree), [PathBuf::from("/a/helpers"), PathBuf::from("/a/probe")]);
    }

    #[test]
    fn another_program_file_is_not_current() {
        let so = std::env::temp_dir().join(format!("xtask-fingerprint-{}.so", std::process::id()));
        fs::write(&so, b"built").unwrap();
        assert!(!is_current(&so, "print"));
        store(&so, "print").unwrap();
        assert!(is_current(&so, "print"));
        assert!(!is_current(&so, "other print"));
        fs::write(&so, b"overwritten").unwrap();
        assert!(!is_current(&so, "print"));
        fs::remove_file(stored_path(&so)).unwrap();
        fs::remove_file(&so).unwrap();
    }
}
