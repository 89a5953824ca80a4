//! `cargo xtask sbf`: the on-chain programs, compiled into target/deploy.
//!
//! Two tool chains can do it. Agave's `cargo-build-sbf` is used when it is installed. Otherwise the project
//! compiles with the host's own Rust: the standard library's source, LLVM 23 and a linker come from package
//! registries (see [`toolchain`]), and [`flags`] says what makes their output acceptable to the runtime.
//! A program that is up to date (see [`fingerprint`]) is not touched, and then no tool chain is needed.

mod apt;
mod fingerprint;
mod flags;
mod std_source;
mod toolchain;

use {
    crate::process::{self, cargo, find_on_path, output, say, workspace_root},
    anyhow::{bail, Context, Result},
    clap::ValueEnum,
    std::{
        fs,
        path::{Path, PathBuf},
        process::Command,
    },
    toolchain::Toolchain,
};

/// A program of the workspace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Program {
    /// The cargo package.
    pub package: &'static str,
    /// Its folder, from the workspace's root.
    pub folder: &'static str,
    /// The name of the .so file, without extension.
    pub file: &'static str,
}

/// Every program, the product first.
pub const PROGRAMS: [Program; 4] = [
    Program { package: "firebreak", folder: "programs/firebreak", file: "firebreak" },
    Program { package: "example-venue", folder: "tests/programs/example-venue", file: "example_venue" },
    Program { package: "guide-venue", folder: "tests/programs/guide-venue", file: "guide_venue" },
    Program { package: "arith-probe", folder: "tests/programs/arith-probe", file: "arith_probe" },
];

#[derive(clap::Args, Default)]
pub struct Args {
    /// Build only this package (may be repeated).
    #[arg(long = "program", value_name = "PACKAGE")]
    programs: Vec<String>,
    /// Cargo features for the program; needs exactly one --program.
    #[arg(long, default_value = "", hide_default_value = true)]
    features: String,
    /// Which tool chain compiles.
    #[arg(long, env = "FIREBREAK_SBF_TOOLCHAIN", value_enum, default_value_t)]
    toolchain: Choice,
}

/// Which tool chain compiles the programs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Choice {
    /// Agave's when installed, otherwise the stock one.
    #[default]
    Auto,
    /// Agave's cargo-build-sbf.
    Agave,
    /// The host's own Rust with LLVM 23.
    Stock,
}

/// Who compiles, and the text that identifies it in a fingerprint.
struct Builder {
    is_agave: bool,
    identity: String,
}

/// Builds what is not up to date.
pub fn run(args: &Args) -> Result<()> {
    let programs = select(&args.programs)?;
    if !args.features.is_empty() && programs.len() != 1 {
        bail!("--features needs exactly one --program");
    }
    let builder = builder(args.toolchain)?;
    let mut toolchain = None;
    for program in &programs {
        let extra = format!("{}\nfeatures: {}\n{}", builder.identity, args.features, program.file);
        let print = fingerprint::of(program, &extra)?;
        let so = deploy_path(program);
        if fingerprint::is_current(&so, &print) {
            say(format_args!("{}.so is up to date", program.file));
            continue;
        }
        if builder.is_agave {
            build_with_agave(program, &args.features)?;
        } else {
            let ready = match toolchain.take() {
                Some(ready) => ready,
                None => Toolchain::prepare()?,
            };
            build_with_stock(program, &args.features, &ready)?;
            toolchain = Some(ready);
        }
        fingerprint::store(&so, &print)?;
        say(format_args!("{} written ({} bytes)", so.display(), so.metadata()?.len()));
    }
    Ok(())
}

/// Where a program's .so file goes.
fn deploy_path(program: &Program) -> PathBuf {
    workspace_root().join("target/deploy").join(program.file).with_extension("so")
}

fn select(names: &[String]) -> Result<Vec<Program>> {
    if names.is_empty() {
        return Ok(PROGRAMS.to_vec());
    }
    names
        .iter()
        .map(|name| {
            let known = || PROGRAMS.map(|program| program.package).join(", ");
            let found = PROGRAMS.into_iter().find(|program| program.package == name);
            found.with_context(|| format!("there is no program `{name}`; there are: {}", known()))
        })
        .collect()
}

fn builder(choice: Choice) -> Result<Builder> {
    let is_agave = match choice {
        Choice::Auto => find_on_path("cargo-build-sbf").is_some(),
        Choice::Agave => true,
        Choice::Stock => false,
    };
    let identity = if is_agave {
        output(Command::new("cargo-build-sbf").arg("--version")).context("Agave's tool chain does not run")?
    } else {
        let target =
            fs::read_to_string(flags::target_file()).context("cannot read the target description")?;
        format!("{}\n{}\n{target}", toolchain::identity()?, flags::rustflags().join(" "))
    };
    Ok(Builder { is_agave, identity })
}

/// Agave's tool brings its own Rust, usually older than the one the host code asks for, hence
/// `--ignore-rust-version`.
fn build_with_agave(program: &Program, features: &str) -> Result<()> {
    say(format_args!("building {} with cargo-build-sbf", program.package));
    let root = workspace_root();
    let mut command = process::command("cargo-build-sbf");
    command.arg("--manifest-path").arg(root.join(program.folder).join("Cargo.toml"));
    command.arg("--sbf-out-dir").arg(root.join("target/deploy"));
    command.args(feature_arguments(features)).args(["--", "--ignore-rust-version"]);
    process::run(&mut command)
}

/// One cargo call per program. Together their features would be united, and `no-entrypoint`, which one
/// program asks of another to call it, would take that program's entry point away.
fn build_with_stock(program: &Program, features: &str, toolchain: &Toolchain) -> Result<()> {
    say(format_args!(
        "building {} with the stock tool chain in {}",
        program.package,
        toolchain.home().display()
    ));
    let mut command = cargo(["build", "--release", "--lib", "--package", program.package]);
    command.args(feature_arguments(features));
    flags::apply(&mut command, toolchain);
    process::run(&mut command)?;
    let built = flags::output_folder().join(format!("lib{}.so", program.file));
    install(&built, &deploy_path(program))
}

fn feature_arguments(features: &str) -> Vec<&str> {
    match features {
        "" => Vec::new(),
        features => vec!["--features", features],
    }
}

/// Copies into place by renaming, so that a test which loads the file never sees half of it.
fn install(from: &Path, to: &Path) -> Result<()> {
    let folder = to.parent().context("a file has a folder")?;
    fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let partial = to.with_extension("so.partial");
    fs::copy(from, &partial).with_context(|| format!("the build left no {}", from.display()))?;
    fs::rename(&partial, to).with_context(|| format!("cannot write {}", to.display()))
}
