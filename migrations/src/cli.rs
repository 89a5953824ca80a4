//! Commands and options.

use std::path::{Path, PathBuf};

use anchor_lang::prelude::Pubkey;
use anyhow::{anyhow, Context, Result};
use clap::{Args, Parser, Subcommand, ValueEnum};
use solana_keypair::{read_keypair_file, Keypair};
use solana_signer::Signer;

use crate::{
    chain::Chain,
    deploy::{self, Target},
    init::{self, Params},
};

/// Deploys Firebreak and sets a group up.
#[derive(Parser)]
#[command(version)]
pub struct Cli {
    #[command(flatten)]
    cluster: Cluster,
    #[command(subcommand)]
    command: Command,
}

#[derive(Args)]
struct Cluster {
    /// JSON-RPC endpoint of the cluster.
    #[arg(long, global = true, env = "FIREBREAK_RPC_URL", default_value = "http://127.0.0.1:8899")]
    url: String,
    /// File of the key that pays; it becomes administrator of new groups and upgrade authority of new programs.
    #[arg(long, global = true, env = "FIREBREAK_KEYPAIR", default_value = "admin.json")]
    keypair: PathBuf,
    /// Price of a compute unit in millionths of a lamport, for busy clusters.
    #[arg(long, global = true, env = "FIREBREAK_PRIORITY_MICRO_LAMPORTS", default_value_t = 0)]
    priority_micro_lamports: u64,
    /// Print what would be done and do nothing.
    #[arg(long, global = true, env = "FIREBREAK_DRY_RUN")]
    dry_run: bool,
}

#[derive(Subcommand)]
enum Command {
    /// Deploy a program, or upgrade it when other code is there.
    Deploy(DeployArgs),
    /// Set a group up from a parameter file. What exists is left alone.
    Init(InitArgs),
    /// Show what a parameter file would change about a group, and do nothing.
    Diff(UpdateArgs),
    /// Make the parameters of a group those of a file. What is missing is left to `init`.
    Update(UpdateArgs),
    /// Check a parameter file without asking any chain.
    Check {
        /// The file.
        #[arg(long, env = "FIREBREAK_PARAMS")]
        params: PathBuf,
    },
}

#[derive(Args)]
struct DeployArgs {
    /// Which program.
    #[arg(long, value_enum, default_value_t = Program::Firebreak)]
    program: Program,
    /// The compiled program. Default: target/deploy/<program>.so, which `cargo xtask sbf` builds.
    #[arg(long)]
    so: Option<PathBuf>,
    /// File of the key of the program's address. Needed only as long as the program does not exist.
    #[arg(long, env = "FIREBREAK_PROGRAM_KEYPAIR")]
    program_keypair: Option<PathBuf>,
    /// Buffer of an earlier run that did not finish; its writes are continued.
    #[arg(long)]
    buffer: Option<Pubkey>,
    /// Bytes reserved for later versions. Default: what the program has now.
    #[arg(long, default_value_t = 0)]
    max_len: usize,
    /// Write the program through surfpool's own method `surfnet_writeProgram`, without the key of its address.
    #[arg(long)]
    cheat: bool,
}

#[derive(Args)]
struct InitArgs {
    /// The parameter file, one per cluster; see migrations/params.
    #[arg(long, env = "FIREBREAK_PARAMS")]
    params: PathBuf,
    /// Write mints that the file names and a surfpool chain does not have.
    #[arg(long)]
    cheat: bool,
}

#[derive(Args)]
struct UpdateArgs {
    /// The parameter file, one per cluster; see migrations/params.
    #[arg(long, env = "FIREBREAK_PARAMS")]
    params: PathBuf,
}

/// Programs of this workspace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Program {
    /// Firebreak itself.
    Firebreak,
    /// The example venue, for local chains.
    ExampleVenue,
}

impl Program {
    /// The address it was compiled for.
    pub const fn id(self) -> Pubkey {
        match self {
            Program::Firebreak => firebreak::ID,
            Program::ExampleVenue => example_venue::ID,
        }
    }

    /// Its file in `target/deploy`.
    pub const fn file(self) -> &'static str {
        match self {
            Program::Firebreak => "firebreak.so",
            Program::ExampleVenue => "example_venue.so",
        }
    }

    /// The source file that holds its address.
    const fn source(self) -> &'static str {
        match self {
            Program::Firebreak => "programs/firebreak/src/lib.rs",
            Program::ExampleVenue => "tests/programs/example-venue/src/lib.rs",
        }
    }
}

impl Cli {
    /// Runs the command.
    ///
    /// # Errors
    /// Whatever kept it from finishing, for people to read.
    pub async fn run(self) -> Result<()> {
        match self.command {
            Command::Deploy(args) => args.run(&self.cluster).await,
            Command::Init(args) => args.run(&self.cluster).await,
            Command::Diff(args) => args.run(&self.cluster, true).await,
            Command::Update(args) => args.run(&self.cluster, self.cluster.dry_run).await,
            Command::Check { params } => {
                let params = Params::load(&params)?;
                println!("{} is complete and within the program's bounds", params.cluster);
                Ok(())
            }
        }
    }
}

impl Cluster {
    fn chain(&self) -> Result<Chain> {
        let payer = read_key(&self.keypair)?;
        Ok(Chain::new(&self.url, payer, self.priority_micro_lamports))
    }
}

impl DeployArgs {
    async fn run(self, cluster: &Cluster) -> Result<()> {
        let chain = cluster.chain()?;
        let file = self.so.unwrap_or_else(|| Path::new("target/deploy").join(self.program.file()));
        let code = std::fs::read(&file)
            .with_context(|| format!("reading {}; `cargo xtask sbf` builds it", file.display()))?;
        let key = self.program_keypair.as_deref().map(read_key).transpose()?;
        if let Some(key) = &key {
            require_program_key(self.program, &key.pubkey())?;
        }
        let target = Target { id: self.program.id(), code, max_len: self.max_len, buffer: self.buffer };
        let say = |line: &str| println!("{line}");
        if self.cheat {
            return deploy::cheat(&chain, &target, cluster.dry_run, say).await;
        }
        let plan = deploy::plan(&chain, &target).await?;
        for line in plan.describe(&target) {
            say(&line);
        }
        if plan.needs_program_key() && key.is_none() {
            return Err(missing_program_key(self.program));
        }
        if cluster.dry_run {
            return Ok(());
        }
        deploy::execute(&chain, &target, &plan, key.as_ref(), say).await
    }
}

impl InitArgs {
    async fn run(self, cluster: &Cluster) -> Result<()> {
        let params = Params::load(&self.params)?;
        let chain = cluster.chain()?;
        let found = init::Found::read(&chain, &params).await?;
        let plan = init::plan(&chain.payer(), &params, &found, self.cheat)?;
        if cluster.dry_run {
            for step in &plan.steps {
                println!("{}", step.describe());
            }
            return Ok(());
        }
        let report = init::execute(&chain, &plan, |line| println!("{line}")).await?;
        println!("group {}: {} steps done, {} found done", plan.group, report.done, report.found);
        Ok(())
    }
}

impl UpdateArgs {
    async fn run(self, cluster: &Cluster, is_dry: bool) -> Result<()> {
        let params = Params::load(&self.params)?;
        let chain = cluster.chain()?;
        let found = init::Found::read(&chain, &params).await?;
        let update = init::update(&chain.payer(), &params, &found)?;
        for line in &update.lines {
            println!("{line}");
        }
        if is_dry {
            for step in &update.plan.steps {
                println!("{}", step.describe());
            }
        } else {
            init::execute(&chain, &update.plan, |line| println!("{line}")).await?;
        }
        let (lines, steps) = (update.lines.len(), update.plan.steps.len());
        println!("group {}: {lines} parameters differ, {steps} instructions", update.plan.group);
        Ok(())
    }
}

fn read_key(path: impl AsRef<Path>) -> Result<Keypair> {
    let path = path.as_ref();
    // The error of the reader could quote the file's content.
    read_keypair_file(path)
        .map_err(|_| anyhow!("{} is not a readable key file of 64 numbers", path.display()))
}

/// Fails unless the key is that of the address which the program was compiled for.
///
/// # Errors
/// With the ways out when it is not.
pub fn require_program_key(program: Program, key: &Pubkey) -> Result<()> {
    if *key == program.id() {
        return Ok(());
    }
    Err(anyhow!(
        "the key file is that of {key}, but the program was compiled for {id} (declare_id! in {source}).\n\
         A program only works at the address that it was compiled for, so whoever deploys it must hold that address's \
         key.\nEither pass the key file of {id}, or make {key} the address: replace declare_id! in {source}{also}, \
         build again with `cargo xtask sbf`, and repeat this command.",
        id = program.id(),
        source = program.source(),
        also = other_places(program),
    ))
}

fn missing_program_key(program: Program) -> anyhow::Error {
    anyhow!(
        "{id} does not exist yet, and creating it takes its key: pass --program-keypair.\n\
         Nobody else can have the key of a published address. To deploy under an address of your own, make a new key, \
         replace declare_id! in {source}{also}, and build again with `cargo xtask sbf`.\n\
         On a local surfpool chain `deploy --cheat` needs no key.",
        id = program.id(),
        source = program.source(),
        also = other_places(program),
    )
}

/// Where else the address stands.
const fn other_places(program: Program) -> &'static str {
    match program {
        Program::Firebreak => ", FIREBREAK_PROGRAM_ID_BASE58 in crates/interface/src/ids.rs and Anchor.toml",
        Program::ExampleVenue => " and Anchor.toml",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_foreign_program_key_is_refused_with_the_ways_out() {
        assert!(require_program_key(Program::Firebreak, &firebreak::ID).is_ok());
        let foreign = Pubkey::new_unique();
        let error = require_program_key(Program::Firebreak, &foreign).unwrap_err().to_string();
        for part in [&foreign.to_string(), &firebreak::ID.to_string(), "declare_id!", "cargo xtask sbf"] {
            assert!(error.contains(part), "{part} is not in: {error}");
        }
        let error = missing_program_key(Program::ExampleVenue).to_string();
        assert!(error.contains("--program-keypair") && error.contains("--cheat"), "{error}");
    }
}
