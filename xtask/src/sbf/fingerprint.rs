//! When a program is up to date.
//!
//! Cargo would know too, but asking it means preparing the tool chain and a second or two per program. The
//! fingerprint covers what decides the bytes of the .so: the sources and manifests of the program and of the
//! workspace crates it depends on, the lock file, the flags and the tool chain; and the .so itself, so that a
//! file overwritten by something else is noticed. A change that does not matter (an unrelated package in the
//! lock file) costs one call of cargo, which then finds nothing to do.

use {
    super::Program,
    crate::process::workspace_root,
    anyhow::{Context, Result},
    std::{
        collections::{BTreeMap, BTreeSet},
        fs,
        hash::{DefaultHasher, Hash, Hasher},
        path::{Path, PathBuf},
    },
};

/// The fingerprint of a program. `extra` is what else decides its bytes.
pub fn of(program: &Program, extra: &str) -> Result<String> {
    let root = workspace_root();
    let mut hasher = DefaultHasher::new();
    extra.hash(&mut hasher);
    hash_file(&root.join("Cargo.toml"), &mut hasher)?;
    hash_file(&root.join("Cargo.lock"), &mut hasher)?;
    for folder in needed_folders(&root, program.package)? {
        hash_file(&folder.join("Cargo.toml"), &mut hasher)?;
        if folder.join("build.rs").exists() {
            hash_file(&folder.join("build.rs"), &mut hasher)?;
        }
        hash_folder(&folder.join("src"), &mut hasher)?;
    }
    Ok(format!("{:016x}", hasher.finish()))
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

/// The folders of a package and of every workspace member it depends on, directly or not.
fn needed_folders(root: &Path, package: &str) -> Result<BTreeSet<PathBuf>> {
    let members = members(root)?;
    let mut needed = BTreeSet::new();
    let mut open = vec![package.to_owned()];
    while let Some(name) = open.pop() {
        let folder = members.get(&name).with_context(|| format!("the workspace has no package {name}"))?;
        if needed.insert(folder.clone()) {
            open.extend(
                dependencies(&read(&folder.join("Cargo.toml"))?).filter(|name| members.contains_key(name)),
            );
        }
    }
    Ok(needed)
}

/// The workspace's packages and their folders.
fn members(root: &Path) -> Result<BTreeMap<String, PathBuf>> {
    let manifest = read(&root.join("Cargo.toml"))?;
    let list = manifest.split_once("members = [").and_then(|(_, rest)| rest.split_once(']'));
    let (list, _) = list.context("Cargo.toml lists no members")?;
    let folders =
        list.split(',').map(|folder| folder.trim().trim_matches('"')).filter(|folder| !folder.is_empty());
    folders
        .map(|folder| {
            let folder = root.join(folder);
            let manifest = read(&folder.join("Cargo.toml"))?;
            let name = manifest.lines().find_map(|line| line.strip_prefix("name = \""));
            let name = name.with_context(|| format!("{} has no package name", folder.display()))?;
            Ok((name.trim_end_matches('"').to_owned(), folder))
        })
        .collect()
}

/// The names in a manifest's dependency tables, those for tests excepted. Workspace members are never renamed
/// here, so the key is the package.
fn dependencies(manifest: &str) -> impl Iterator<Item = String> + '_ {
    let mut is_dependency_table = false;
    manifest.lines().filter_map(move |line| {
        if line.starts_with('[') {
            is_dependency_table = line.contains("dependencies") && !line.contains("dev-dependencies");
        }
        let key = line.split(['=', '.', ' ']).next()?;
        (is_dependency_table && !key.is_empty()).then(|| key.to_owned())
    })
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
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
    fn dependency_tables_are_read_and_test_dependencies_are_not() {
        let manifest = "[package]\nname = \"a\"\n\n[dependencies]\nb = { workspace = true }\nc.workspace = true\n\n\
                        [target.'cfg(x)'.dependencies]\nd = \"1\"\n\n[features]\ne = []\n\n[dev-dependencies]\nf = \"1\"\n";
        let found: Vec<_> = dependencies(manifest).filter(|name| !name.starts_with('[')).collect();
        assert_eq!(found, ["b", "c", "d"]);
    }

    #[test]
    fn a_program_needs_its_helpers_but_not_its_tests() {
        let root = workspace_root();
        let expected = ["crates/sbf-builtins", "tests/programs/arith-probe"].map(|folder| root.join(folder));
        assert_eq!(needed_folders(&root, "arith-probe").unwrap(), BTreeSet::from(expected));
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
