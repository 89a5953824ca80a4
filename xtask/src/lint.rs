//! `cargo xtask lint`: formatting, clippy and the house style.

use {
    crate::{
        process::{self, cargo, say, workspace_root},
        system, tidy,
    },
    anyhow::{bail, Result},
};

/// Runs every check, cheapest first, and fails at the end, so that one run shows everything there is to mend.
pub fn run() -> Result<()> {
    system::ensure()?;
    let mut failed = Vec::new();
    let mut check = |name, result: Result<()>| {
        if let Err(error) = result {
            say(format_args!("{name}: {error:#}"));
            failed.push(name);
        }
    };
    check("lock file", lock_file());
    check("format", process::run(&mut cargo(["fmt", "--all", "--", "--check"])));
    check("house style", house_style());
    check(
        "clippy",
        process::run(&mut cargo(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"])),
    );
    if !failed.is_empty() {
        bail!("lint failed: {}", failed.join(", "));
    }
    say("lint passed");
    Ok(())
}

/// A lock file that cargo would have to change means that the committed versions are not the tested ones.
fn lock_file() -> Result<()> {
    say("checking that Cargo.lock is current");
    process::output(&mut cargo(["metadata", "--locked", "--format-version", "1"])).map(drop)
}

fn house_style() -> Result<()> {
    say("checking the house style");
    let violations = tidy::check(&workspace_root())?;
    for violation in &violations {
        eprintln!("{violation}");
    }
    if !violations.is_empty() {
        bail!("{} violations", violations.len());
    }
    Ok(())
}
