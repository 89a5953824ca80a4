//! The standard library's source, in a private copy with two edits.
//!
//! `std` has no Solana port upstream. Its zkvm port fits but for two places: an allocation alignment that the
//! architecture list does not know, and hash keys in a thread-local, which becomes a writable static, which
//! the loader refuses. Anchor's check for duplicate accounts uses a `HashSet`, so the second is needed.

use {
    super::apt::Apt,
    crate::process::{command, find_on_path, output, say},
    anyhow::{bail, Context, Result},
    std::{
        fs,
        path::{Path, PathBuf},
    },
};

/// Changes whenever an edit below does. It is part of the folder's name because cargo looks at a standard
/// library's path, not at its contents, to decide whether to compile it again.
const EDITS_REVISION: u32 = 1;
/// Where a Debian package is unpacked to, inside the tool chain's folder.
const UNPACKED: &str = "rust-src";

/// The folder of the edited source for this version of Rust.
pub fn folder(home: &Path, rust_version: &str) -> PathBuf {
    home.join(format!("std-{rust_version}-r{EDITS_REVISION}"))
}

/// Creates the edited source unless it is there.
pub fn prepare(home: &Path, rust_version: &str) -> Result<()> {
    let done = folder(home, rust_version);
    if done.is_dir() {
        return Ok(());
    }
    say("copying the standard library's source");
    let partial = home.join("std.partial");
    if partial.exists() {
        fs::remove_dir_all(&partial).with_context(|| format!("cannot remove {}", partial.display()))?;
    }
    copy_folder(&find(home, rust_version)?, &partial)?;
    // What came from Debian is of no use any more; there is nothing to remove when the component was used.
    let _ = fs::remove_dir_all(home.join(UNPACKED));
    edit(&partial.join("std/src/sys/alloc/mod.rs"), add_alignment)?;
    edit(&partial.join("std/src/hash/random.rs"), fix_hash_keys)?;
    fs::rename(&partial, &done).with_context(|| format!("cannot create {}", done.display()))
}

/// The unedited source: the tool chain's own component, or the same version from Debian.
fn find(home: &Path, rust_version: &str) -> Result<PathBuf> {
    let sysroot = output(command("rustc").args(["--print", "sysroot"]))?;
    let component = Path::new(sysroot.trim()).join("lib/rustlib/src/rust/library");
    if !component.is_dir() && find_on_path("rustup").is_some() {
        say("asking rustup for the component rust-src");
        // A failure is not the end: Debian is next.
        let _ = output(command("rustup").args(["component", "add", "rust-src"]));
    }
    if component.is_dir() {
        return Ok(component);
    }
    say(format_args!("fetching rust-src {rust_version} from Debian"));
    let apt = Apt::open(home, &["trixie-backports", "forky", "sid"])?;
    let prefix = format!("{rust_version}+");
    let Some(version) = apt.versions("rust-src")?.into_iter().find(|version| version.starts_with(&prefix))
    else {
        bail!("no source of Rust {rust_version}'s standard library: add the component rust-src to the tool chain");
    };
    let unpacked = home.join(UNPACKED);
    apt.unpack(&[format!("rust-src={version}")], &unpacked)?;
    Ok(unpacked.join(format!("usr/src/rustc-{rust_version}/library")))
}

fn edit(path: &Path, change: fn(&str) -> Option<String>) -> Result<()> {
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let changed = change(&text).with_context(|| {
        format!("this version of Rust is not supported: {} is not what the edit expects", path.display())
    })?;
    fs::write(path, changed).with_context(|| format!("cannot write {}", path.display()))
}

/// Lists `bpf` among the architectures whose allocations are aligned to 8 bytes.
fn add_alignment(text: &str) -> Option<String> {
    let neighbour = "    target_arch = \"csky\",\n";
    (text.matches(neighbour).count() == 1)
        .then(|| text.replace(neighbour, &format!("{neighbour}    target_arch = \"bpf\",\n")))
}

/// Replaces the body of `RandomState::new` by constant keys. Nothing on chain is random, and an attacker who
/// picks colliding keys only spends his own compute units.
fn fix_hash_keys(text: &str) -> Option<String> {
    let signature = "pub fn new() -> RandomState {";
    let body = text.find(signature)? + signature.len();
    let mut depth = 1;
    let end = text[body..].char_indices().find_map(|(offset, character)| {
        match character {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        (depth == 0).then_some(body + offset)
    })?;
    // The first words of pi, as good as any.
    let keys = "RandomState { k0: 0x243f_6a88_85a3_08d3, k1: 0x1319_8a2e_0370_7344 }";
    Some(format!("{}\n        {keys}\n    {}", &text[..body], &text[end..]))
}

/// Copies a folder with everything in it, following links.
fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to).with_context(|| format!("cannot create {}", to.display()))?;
    for entry in fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), &target).with_context(|| format!("cannot write {}", target.display()))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_alignment_edit_adds_one_architecture_or_refuses() {
        let text = "any(\n    target_arch = \"csky\",\n    target_arch = \"mips\",\n)";
        let edited =
            "any(\n    target_arch = \"csky\",\n    target_arch = \"bpf\",\n    target_arch = \"mips\",\n)";
        assert_eq!(add_alignment(text).as_deref(), Some(edited));
        assert_eq!(add_alignment("any()"), None);
    }

    #[test]
    fn the_hash_key_edit_replaces_exactly_the_body() {
        let text = "impl {\n    pub fn new() -> RandomState {\n        if x { y } else { z }\n    }\n}\n";
        let edited = "impl {\n    pub fn new() -> RandomState {\n        \
                      RandomState { k0: 0x243f_6a88_85a3_08d3, k1: 0x1319_8a2e_0370_7344 }\n    }\n}\n";
        assert_eq!(fix_hash_keys(text).as_deref(), Some(edited));
        assert_eq!(fix_hash_keys("impl {}"), None);
    }
}
