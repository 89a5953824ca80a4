//! Deployment and set-up on a local chain that speaks JSON-RPC, started in this process and without any network.

use std::path::Path;

use anchor_lang::prelude::Pubkey;
use firebreak_client::{accounts::decode_group, pda};
use firebreak_migrate::{
    chain::Chain,
    cli::Program,
    deploy::{self, Plan, ProgramData, Target},
    init::{self, Found, Params, Report},
};
use solana_keypair::Keypair;
use solana_signer::Signer;
use surfpool_sdk::{BlockProductionMode, SimnetCommand, Surfnet};

/// Milliseconds between blocks.
const SLOT_TIME_MS: u64 = 50;
const LAMPORTS: u64 = 100_000_000_000;

struct Node {
    // Stops with the value.
    surfnet: Surfnet,
    chain: Chain,
}

impl Node {
    async fn start() -> Self {
        let payer = Keypair::new();
        let surfnet = Surfnet::builder()
            .offline(true)
            .block_production_mode(BlockProductionMode::Clock)
            .slot_time_ms(SLOT_TIME_MS)
            .airdrop_sol(LAMPORTS)
            .payer(payer.insecure_clone())
            .start()
            .await
            .unwrap();
        // Otherwise the node runs each transaction once more per instruction to profile it.
        surfnet.send_command(SimnetCommand::StartRunbookExecution("migrations".to_owned())).unwrap();
        let chain = Chain::new(surfnet.rpc_url(), payer, 0);
        Self { surfnet, chain }
    }

    /// Deploys as `deploy --cheat` does; returns what it said.
    async fn cheat(&self, program: Program) -> Vec<String> {
        let target = target(program.id(), program.file(), 0);
        let said = std::cell::RefCell::new(Vec::new());
        deploy::cheat(&self.chain, &target, false, |line| said.borrow_mut().push(line.to_owned()))
            .await
            .unwrap();
        said.into_inner()
    }

    /// Sets up as `init --cheat` does.
    async fn init(&self, params: &Params) -> Report {
        let found = Found::read(&self.chain, params).await.unwrap();
        let plan = init::plan(&self.chain.payer(), params, &found, true).unwrap();
        init::execute(&self.chain, &plan, |_| {}).await.unwrap()
    }

    async fn data(&self, key: &Pubkey) -> Vec<u8> {
        self.chain.account(key).await.unwrap().unwrap().data
    }
}

fn target(id: Pubkey, file: &str, max_len: usize) -> Target {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/deploy").join(file);
    let code = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    Target { id, code, max_len, buffer: None }
}

fn params() -> Params {
    Params::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("params/localnet.toml")).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_is_set_up_once_and_a_second_run_changes_nothing() {
    let mut node = Node::start().await;
    for program in [Program::Firebreak, Program::ExampleVenue] {
        let said = node.cheat(program).await;
        assert!(said[0].contains("without its key") && said.len() == 2, "{said:?}");
        let said = node.cheat(program).await;
        assert!(said[0].contains("deployed already") && said.len() == 1, "{said:?}");
    }
    let params = params();
    let group = pda::group(&node.chain.payer(), params.group.id);
    let first = node.init(&params).await;
    // Group, 8 shards, 2 collaterals, market, venue, venue in market, activation; mints if the chain lacks them.
    assert!(first.done >= 15, "{first:?}");
    let active = decode_group(&node.data(&group).await).unwrap();
    assert!(active.is_active());
    assert_eq!((active.shard_count, active.market_count, active.venue_count, active.row_count), (8, 1, 1, 3));
    assert_eq!(active.admin, node.chain.payer());

    let snapshot = pda::snapshot(&group);
    let before = [node.data(&group).await, node.data(&snapshot).await];
    let second = node.init(&params).await;
    // The steps for mints are not repeated when the mints are there.
    assert_eq!(second, Report { done: 0, found: 15 });
    assert_eq!([node.data(&group).await, node.data(&snapshot).await], before);

    let mut other = params.clone();
    other.market[0].initial_ppm += 1;
    let found = Found::read(&node.chain, &other).await.unwrap();
    let error = init::plan(&node.chain.payer(), &other, &found, true).unwrap_err().to_string();
    assert!(error.contains("market SOL-PERP exists with other parameters of margin"), "{error}");

    // The chain follows the file, and then there is nothing to do for either command.
    other.market[0].fee_max_ppm -= 1;
    other.market[0].oracle.reading_age_secs -= 1;
    other.group.cover_event_ppm -= 1;
    other.collateral[1].initial_weight_ppm -= 1;
    let found = Found::read(&node.chain, &other).await.unwrap();
    let update = init::update(&node.chain.payer(), &other, &found).unwrap();
    assert_eq!((update.lines.len(), update.plan.steps.len()), (5, 5), "{:?}", update.lines);
    let report = init::execute(&node.chain, &update.plan, |_| {}).await.unwrap();
    assert_eq!(report, Report { done: 5, found: 0 });
    let found = Found::read(&node.chain, &other).await.unwrap();
    let update = init::update(&node.chain.payer(), &other, &found).unwrap();
    assert_eq!((update.lines.len(), update.plan.steps.len()), (0, 0), "{:?}", update.lines);
    assert_eq!(node.init(&other).await, Report { done: 0, found: 15 });
    node.surfnet.stop().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_is_deployed_through_a_buffer_and_upgraded() {
    let mut node = Node::start().await;
    let key = Keypair::new();
    let other = target(key.pubkey(), "example_venue.so", 0);
    // Too little room for the other program, so that the upgrade has to extend first.
    let small = target(key.pubkey(), "arith_probe.so", 0);
    let chain = &node.chain;

    let plan = deploy::plan(chain, &small).await.unwrap();
    assert_eq!(plan, Plan::Create { max_len: small.code.len() });
    deploy::execute(chain, &small, &plan, Some(&key), |_| {}).await.unwrap();
    let deployed = ProgramData::read(chain, &small.id).await.unwrap().unwrap();
    assert_eq!((deployed.authority, &deployed.code), (Some(chain.payer()), &small.code));
    assert_eq!(deploy::plan(chain, &small).await.unwrap(), Plan::Nothing);

    let plan = deploy::plan(chain, &other).await.unwrap();
    assert_eq!(plan, Plan::Upgrade { extend_by: other.code.len() - small.code.len() });
    deploy::execute(chain, &other, &plan, None, |_| {}).await.unwrap();
    assert_eq!(deploy::plan(chain, &other).await.unwrap(), Plan::Nothing);
    node.surfnet.stop().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_program_is_not_overwritten() {
    let mut node = Node::start().await;
    let target = target(node.chain.payer(), "arith_probe.so", 0);
    let error = deploy::plan(&node.chain, &target).await.unwrap_err().to_string();
    assert!(error.contains("is not an upgradeable program"), "{error}");
    node.surfnet.stop().unwrap();
}

/// Runs the command as an operator does; returns whether it succeeded, and what it said.
fn run(args: &[&str]) -> (bool, String) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_firebreak-migrate"));
    let output = command.args(args).current_dir(root).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(said).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_plans_deploys_and_sets_up() {
    let mut node = Node::start().await;
    let url = node.surfnet.rpc_url().to_owned();
    let path = std::env::temp_dir().join(format!("firebreak-migrate-{}.json", node.chain.payer()));
    solana_keypair::write_keypair_file(node.surfnet.payer(), &path).unwrap();
    let key = path.to_str().unwrap().to_owned();
    let changed = path.with_extension("toml");
    let file = changed.clone();
    let params = "migrations/params/localnet.toml";
    let result = tokio::task::spawn_blocking(move || {
        let common = ["--url", &url, "--keypair", &key];
        let with = |args: &[&str]| run(&[args, &common].concat());
        // Nobody has the key of the published address, and the payer's key is not it.
        let (is_done, said) = with(&["deploy"]);
        assert!(!is_done && said.contains("pass --program-keypair"), "{said}");
        let (is_done, said) = with(&["deploy", "--program-keypair", &key]);
        assert!(!is_done && said.contains("declare_id!"), "{said}");
        for program in ["firebreak", "example-venue"] {
            let (is_done, said) = with(&["deploy", "--cheat", "--program", program]);
            assert!(is_done && said.contains("on this local chain only"), "{said}");
        }
        let (is_done, said) = with(&["init", "--cheat", "--params", params, "--dry-run"]);
        assert!(is_done && said.contains("activation: would be sent"), "{said}");
        let (is_done, said) = with(&["init", "--cheat", "--params", params]);
        assert!(is_done && said.contains("activation: done"), "{said}");
        let (is_done, said) = with(&["init", "--cheat", "--params", params]);
        assert!(is_done && said.contains("0 steps done, 15 found done"), "{said}");
        for command in ["diff", "update"] {
            let (is_done, said) = with(&[command, "--params", params]);
            assert!(is_done && said.contains("0 parameters differ, 0 instructions"), "{said}");
        }
        let text =
            std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("params/localnet.toml"));
        let text = text.unwrap().replace("\ninitial_ppm = 100_000", "\ninitial_ppm = 120_000");
        std::fs::write(&changed, text).unwrap();
        let file = changed.to_str().unwrap();
        for args in [vec!["diff"], vec!["update", "--dry-run"]] {
            let (is_done, said) = with(&[args.as_slice(), &["--params", file]].concat());
            assert!(is_done && said.contains("initial_ppm: 100000 -> 120000 (tightens)"), "{said}");
            assert!(said.contains("market SOL-PERP: would be sent"), "{said}");
        }
        let (is_done, said) = with(&["update", "--params", file]);
        assert!(is_done && said.contains("market SOL-PERP: done"), "{said}");
        let (is_done, said) = with(&["diff", "--params", file]);
        assert!(is_done && said.contains("0 parameters differ"), "{said}");
    });
    let result = result.await;
    std::fs::remove_file(&path).unwrap();
    let _ = std::fs::remove_file(&file);
    node.surfnet.stop().unwrap();
    result.unwrap();
}
