//! Running other programs, with one way to print them and one way to fail.

use {
    anyhow::{bail, Context, Result},
    std::{
        env,
        ffi::OsStr,
        path::{Path, PathBuf},
        process::{Command, Stdio},
    },
};

/// Prints what is about to happen, on standard error so that it keeps its place among cargo's own lines.
pub fn say(message: impl std::fmt::Display) {
    eprintln!("xtask: {message}");
}

/// The workspace's root folder.
pub fn workspace_root() -> PathBuf {
    // `xtask` is a direct child of the root. Cargo says where the package that it runs lies; the path fixed when xtask
    // was compiled may be another worktree's that shares the target folder.
    let running = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let mut root = running.unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")));
    root.pop();
    root
}

/// A command that starts in the workspace root.
///
/// `cargo xtask` is itself started by cargo, which describes the *xtask* package in the environment. Nested
/// builds must not see that: a build script that watches such a variable would run again and again.
pub fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(workspace_root());
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&name);
        }
    }
    command
}

/// A `cargo` command in the workspace root.
pub fn cargo<I: IntoIterator<Item: AsRef<OsStr>>>(arguments: I) -> Command {
    let mut command = command("cargo");
    command.args(arguments);
    command
}

/// Prints the command and runs it, with its output going where ours goes.
pub fn run(command: &mut Command) -> Result<()> {
    let line = describe(command);
    say(format_args!("$ {line}"));
    let status = command.status().with_context(|| format!("cannot start `{line}`"))?;
    if !status.success() {
        bail!("`{line}` failed ({status})");
    }
    Ok(())
}

/// Runs the command silently and returns its standard output; a failure quotes the last line it printed.
pub fn output(command: &mut Command) -> Result<String> {
    let line = describe(command);
    let result = command.stdin(Stdio::null()).output().with_context(|| format!("cannot start `{line}`"))?;
    if !result.status.success() {
        let stderr = String::from_utf8_lossy(&result.stderr);
        let reason = stderr.lines().rfind(|text| !text.trim().is_empty()).unwrap_or("no message");
        bail!("`{line}` failed: {}", reason.trim());
    }
    String::from_utf8(result.stdout).with_context(|| format!("`{line}` printed something that is not text"))
}

/// The full path of an executable, if it is on the PATH.
pub fn find_on_path(program: &str) -> Option<PathBuf> {
    env::split_paths(&env::var_os("PATH")?)
        .map(|folder| folder.join(program))
        .find(|path| is_executable(path))
}

fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

/// Program and arguments as one readable line; very long argument lists are cut.
fn describe(command: &Command) -> String {
    const SHOWN_MAX: usize = 200;
    let parts = std::iter::once(command.get_program()).chain(command.get_args());
    let line = parts.map(|part| part.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(SHOWN_MAX) {
        Some((end, _)) => format!("{} ...", &line[..end]),
        None => line,
    }
}
