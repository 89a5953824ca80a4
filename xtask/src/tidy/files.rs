//! Rules for every file, whatever its language: what must not be committed at all.

/// Where a rule writes what it found: line (0 for the whole file) and message.
pub type Report<'a> = dyn FnMut(usize, String) + 'a;

/// Compiled programs, archives and run-time state.
const FORBIDDEN_EXTENSIONS: [&str; 9] =
    [".so", ".o", ".a", ".rlib", ".exe", ".dll", ".profraw", ".pem", ".key"];
/// Files and folders of editors, assistants and local chains.
const FORBIDDEN_NAMES: [&str; 9] = [
    ".idea",
    ".vscode",
    ".DS_Store",
    ".cursor",
    ".claude",
    "CLAUDE.md",
    "AGENTS.md",
    "test-ledger",
    ".surfpool",
];
/// Folders that may hold binary files, each with its reason.
const BINARY_FOLDERS: [&str; 0] = [];

/// Hosts that packages come from. Which one is used is a setting of the machine, never of the project. Each
/// name is written in two parts so that this file does not contain it.
const REGISTRY_HOSTS: [&str; 9] = [
    concat!("index.", "crates.io"),
    concat!("static.", "crates.io"),
    concat!("deb.", "debian.org"),
    concat!("snapshot.", "debian.org"),
    concat!("archive.", "ubuntu.com"),
    concat!("files.", "pythonhosted.org"),
    concat!("pypi", ".org"),
    concat!("registry.", "npmjs.org"),
    concat!("proxy.", "golang.org"),
];
/// Folders of the machines this was written on, in two parts for the same reason.
const MACHINE_PATHS: [&str; 3] = [concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/home/", "runner/")];

/// Rules that only look at the name.
pub fn check_name(path: &str, report: &mut Report) {
    if let Some(extension) = FORBIDDEN_EXTENSIONS.iter().find(|extension| path.ends_with(**extension)) {
        report(0, format!("files ending in {extension} are not committed"));
    }
    if let Some(name) = path.split('/').find(|name| FORBIDDEN_NAMES.contains(name)) {
        report(0, format!("{name} is not committed"));
    }
    if path.ends_with("keypair.json") || path.ends_with("id.json") {
        report(0, "keypairs are not committed".to_owned());
    }
}

/// Rules that look at the bytes.
pub fn check_content(path: &str, bytes: &[u8], report: &mut Report) {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) if !text.contains('\0') => text,
        _ => {
            if !BINARY_FOLDERS.iter().any(|folder| path.starts_with(folder)) {
                report(0, "binary files are not committed".to_owned());
            }
            return;
        }
    };
    if path.ends_with(".json") && is_keypair(text) {
        report(0, "keypairs are not committed".to_owned());
    }
    // The lock file names the public registry in every entry; that is cargo's identifier, not a setting.
    if path.ends_with("Cargo.lock") {
        return;
    }
    for (index, line) in text.lines().enumerate() {
        for host in REGISTRY_HOSTS.iter().filter(|host| line.contains(**host)) {
            report(index + 1, format!("{host} is a registry's host, which the project must not name"));
        }
        for folder in MACHINE_PATHS.iter().filter(|folder| contains_path(line, folder)) {
            report(index + 1, format!("{folder} is a folder of one machine"));
        }
    }
}

/// True when the folder occurs as an absolute path, not as the middle of another.
fn contains_path(line: &str, folder: &str) -> bool {
    line.match_indices(folder).any(|(start, _)| {
        let before = line[..start].chars().next_back();
        !before.is_some_and(|character| character.is_alphanumeric() || "._-})*$".contains(character))
    })
}

/// Solana's key file: a JSON array of 64 bytes.
fn is_keypair(text: &str) -> bool {
    let Some(inner) = text.trim().strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) else {
        return false;
    };
    let numbers: Vec<_> = inner.split(',').map(|number| number.trim().parse::<u8>()).collect();
    numbers.len() == 64 && numbers.iter().all(Result::is_ok)
}
