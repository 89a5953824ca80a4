//! `cargo xtask idl`: the programs' interface descriptions, as committed in `idl/`.
//!
//! The description is printed by tests that Anchor generates under the feature `idl-build` and assembled by
//! Anchor's own library, so it is what every Anchor client expects. No Anchor installation is needed.

use {
    crate::{
        process::{say, workspace_root},
        sbf::{Program, PROGRAMS},
        system,
    },
    anchor_lang_idl::build::IdlBuilder,
    anyhow::{bail, Context, Result},
    std::{env, fs},
};

/// The Anchor programs; the others have no description.
const ANCHOR_PACKAGES: [&str; 2] = ["firebreak", "example-venue"];

#[derive(clap::Args)]
pub struct Args {
    /// Write nothing; fail when a committed description differs from the program.
    #[arg(long)]
    pub check: bool,
}

pub fn run(args: &Args) -> Result<()> {
    system::ensure()?;
    let mut stale = Vec::new();
    for program in PROGRAMS.iter().filter(|program| ANCHOR_PACKAGES.contains(&program.package)) {
        let path = workspace_root().join("idl").join(program.file).with_extension("json");
        let text = describe(program)?;
        if args.check {
            if fs::read_to_string(&path).ok().as_deref() != Some(text.as_str()) {
                stale.push(format!("idl/{}.json", program.file));
            }
            continue;
        }
        fs::create_dir_all(workspace_root().join("idl")).context("cannot create idl/")?;
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
        say(format_args!("{} written", path.display()));
    }
    if !stale.is_empty() {
        bail!("{} differ from the programs: run `cargo xtask idl` and commit", stale.join(" and "));
    }
    Ok(())
}

/// Builds one description, as the text of its file.
fn describe(program: &Program) -> Result<String> {
    say(format_args!("describing {}", program.package));
    // The library passes a rustup tool chain on in a form that cargo does not understand. Without the
    // variable, rust-toolchain.toml decides, which is what it named anyway.
    env::remove_var("RUSTUP_TOOLCHAIN");
    // It also sets RUSTFLAGS, which would compile every dependency once more. This variable goes before it.
    env::set_var("CARGO_ENCODED_RUSTFLAGS", "");
    let idl = IdlBuilder::new()
        .program_path(workspace_root().join(program.folder))
        // Safety comments are asked for by Anchor's lint in a form of its own; the house style has another.
        .skip_lint(true)
        // The generated tests are in the library; integration tests need not be compiled to run them.
        .cargo_args(vec!["--lib".to_owned()])
        .build()
        .with_context(|| format!("{} could not be described", program.package))?;
    let mut text = serde_json::to_string_pretty(&idl).context("the description is not JSON")?;
    text.push('\n');
    Ok(text)
}
