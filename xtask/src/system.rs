//! What the workspace needs from the operating system, beyond Rust itself.
//!
//! The local chain compiles its own OpenSSL and a few other C libraries, which takes a C compiler, make and
//! perl. A build script that misses one of these fails after minutes with pages of text; asking first gives
//! one line at once.

use {
    crate::process::{find_on_path, output, run, say},
    anyhow::{bail, Result},
    std::{path::Path, process::Command},
};

/// A requirement and the Debian package that fulfils it.
struct Requirement {
    package: &'static str,
    is_met: fn() -> bool,
}

const REQUIREMENTS: [Requirement; 4] = [
    Requirement { package: "gcc", is_met: || find_on_path("cc").is_some() },
    Requirement {
        package: "libc6-dev",
        is_met: || Path::new("/usr/include/stdio.h").exists() || !is_debian(),
    },
    Requirement { package: "make", is_met: || find_on_path("make").is_some() },
    Requirement { package: "perl", is_met: || find_on_path("perl").is_some() },
];

/// Makes sure that the workspace can be compiled here: installs what is missing when that is possible
/// (Debian or a relative of it, as root), and otherwise says in one line what to install.
pub fn ensure() -> Result<()> {
    let missing = missing_packages();
    if missing.is_empty() {
        return Ok(());
    }
    let names = missing.join(" ");
    if find_on_path("apt-get").is_none() || !is_root() {
        bail!("missing system packages: {names} (Debian names; install them and run this again)");
    }
    say(format_args!("installing missing system packages: {names}"));
    run(Command::new("apt-get").args(["-qq", "update"]))?;
    run(Command::new("apt-get")
        .args(["-qq", "install", "--yes", "--no-install-recommends"])
        .args(&missing)
        .env("DEBIAN_FRONTEND", "noninteractive"))?;
    match missing_packages().as_slice() {
        [] => Ok(()),
        still => bail!("still missing after installation: {}", still.join(" ")),
    }
}

fn missing_packages() -> Vec<&'static str> {
    REQUIREMENTS.iter().filter(|requirement| !(requirement.is_met)()).map(|it| it.package).collect()
}

/// Elsewhere headers live in other places, and the first C compilation will tell.
fn is_debian() -> bool {
    Path::new("/etc/debian_version").exists()
}

fn is_root() -> bool {
    output(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}
