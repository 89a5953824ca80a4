use super::*;
use crate::init::{found::Mint, Address, Committee};

fn local() -> Params {
    Params::parse(include_str!("../../../params/localnet.toml")).unwrap()
}

/// Everything that the file needs of others.
fn prepared(params: &Params) -> Found {
    let mint = |collateral: &Collateral| {
        (collateral.mint.0, Mint { token_program: TOKEN, decimals: collateral.decimals })
    };
    Found {
        mints: params.collateral.iter().map(mint).collect(),
        programs: params.venue.iter().map(|venue| venue.program.0).collect(),
        ..Found::default()
    }
}

fn names(plan: &Plan) -> Vec<&str> {
    plan.steps.iter().map(|step| step.what.split_whitespace().next().unwrap()).collect()
}

#[test]
fn an_empty_chain_gets_everything_in_the_order_that_the_program_demands() {
    let params = local();
    let admin = Pubkey::new_unique();
    let plan = plan(&admin, &params, &prepared(&params), false).unwrap();
    let mut expected = vec!["group"];
    expected.extend(["exposure"; SHARD_COUNT as usize]);
    expected.extend(["collateral", "collateral", "market", "venue", "venue", "activation"]);
    assert_eq!(names(&plan), expected);
    assert!(plan.steps.iter().all(|step| matches!(step.todo, Todo::Send(_))));
    assert_eq!(plan.group, pda::group(&admin, params.group.id));
}

/// The local file with a committee of two for its market.
fn with_committee() -> Params {
    let mut params = local();
    let reporters = [8, 9].map(|byte| Address(Pubkey::new_from_array([byte; 32])));
    params.market[0].committee = Some(Committee {
        reporters: reporters.to_vec(),
        quorum: 2,
        age_max_secs: 60,
        variance_low_milli: 800,
        variance_high_milli: 4_000,
        depth_low_milli: 250,
        depth_high_milli: 1_000,
    });
    params
}

#[test]
fn a_committee_is_created_behind_its_market_and_has_to_be_the_one_of_the_file() {
    let (params, admin) = (with_committee(), Pubkey::new_unique());
    let mut found = prepared(&params);
    let create = |found: &Found| {
        let steps = plan(&admin, &params, found, false).unwrap().steps;
        let position = steps.iter().position(|step| step.what == "committee of market SOL-PERP").unwrap();
        assert_eq!(steps[position - 1].what, "market SOL-PERP");
        steps[position].todo.clone()
    };
    let args = params.market[0].committee.as_ref().unwrap().args();
    let market = pda::market(&pda::group(&admin, params.group.id), 0);
    let keys = [&admin, &pda::group(&admin, params.group.id)];
    let expected = build::create_committee(keys, &market, args.clone());
    assert_eq!(create(&found), Todo::Send(Box::new(expected)));
    let mut state: firebreak::state::Committee = bytemuck::Zeroable::zeroed();
    args.write(&mut state);
    found.committees.insert(market, state);
    assert_eq!(create(&found), Todo::Nothing);
    found.committees.get_mut(&market).unwrap().quorum = 1;
    let error = plan(&admin, &params, &found, false).unwrap_err().to_string();
    assert!(error.contains("exists with quorum = 1; the file says 2"), "{error}");
}

#[test]
fn a_committee_of_the_file_is_within_the_programs_bounds() {
    let text = include_str!("../../../params/localnet.toml");
    let committee = |quorum: u8| {
        let section = format!(
            "[market.committee]\nreporters = [\"{}\"]\nquorum = {quorum}\nage_max_secs = 60\nvariance_low_milli = 800\n\
             variance_high_milli = 4_000\ndepth_low_milli = 250\ndepth_high_milli = 1_000\n\n[market.oracle]",
            Pubkey::new_unique()
        );
        Params::parse(&text.replace("[market.oracle]", &section))
    };
    assert_eq!(committee(1).unwrap().market[0].committee.as_ref().unwrap().reporters.len(), 1);
    let error = format!("{:#}", committee(2).unwrap_err());
    assert!(error.contains("The quorum must be 1 to 8 reports"), "{error}");
}

#[test]
fn a_missing_mint_is_an_error_or_a_cheat() {
    let params = local();
    let admin = Pubkey::new_unique();
    let mut found = prepared(&params);
    found.mints.clear();
    let error = plan(&admin, &params, &found, false).unwrap_err().to_string();
    assert!(error.contains("there is no mint"), "{error}");
    let cheated = plan(&admin, &params, &found, true).unwrap();
    assert_eq!(names(&cheated)[..3], ["mint", "mint", "group"]);
    assert!(matches!(&cheated.steps[0].todo, Todo::Write { account, .. } if account.data[44] == 6));
}

#[test]
fn a_mint_with_other_decimals_is_refused() {
    let params = local();
    let mut found = prepared(&params);
    let quote = params.collateral[0].mint.0;
    found.mints.insert(quote, Mint { token_program: TOKEN, decimals: 9 });
    let error = plan(&Pubkey::new_unique(), &params, &found, true).unwrap_err().to_string();
    assert!(error.contains("the mint has 9 decimals, not 6"), "{error}");
}

#[test]
fn a_venue_without_a_program_is_refused() {
    let params = local();
    let mut found = prepared(&params);
    found.programs.clear();
    let error = plan(&Pubkey::new_unique(), &params, &found, false).unwrap_err().to_string();
    assert!(error.contains("deploy it first"), "{error}");
}

#[test]
fn parameters_outside_the_programs_bounds_are_refused_before_anything_is_sent() {
    let text = include_str!("../../../params/localnet.toml");
    let maintenance = text.replace("maintenance_ppm = 50_000", "maintenance_ppm = 4_999");
    assert_ne!(maintenance, text);
    let error = format!("{:#}", Params::parse(&maintenance).unwrap_err());
    assert!(error.contains("Maintenance margin must be 5 000 to 500 000 ppm"), "{error}");
    let critical = text.replace("critical_ppm = 500_000", "critical_ppm = 0");
    let error = format!("{:#}", Params::parse(&critical).unwrap_err());
    assert!(error.contains("group.critical_ppm must be 100000 to 900000, not 0"), "{error}");
    let unknown = text.replace("critical_ppm = 500_000", "critical_ppm = 500_000\ncritical = 1");
    let error = format!("{:#}", Params::parse(&unknown).unwrap_err());
    assert!(error.contains("unknown field"), "{error}");
}

#[test]
fn the_file_of_the_development_cluster_lacks_only_what_its_comments_ask_for() {
    let text = include_str!("../../../params/devnet.toml");
    let error = format!("{:#}", Params::parse(text).unwrap_err());
    assert!(error.contains("oracle.secondary_key is not set"), "{error}");
    let filled =
        text.replace("secondary_key = \"\"", &format!("secondary_key = \"{}\"", Pubkey::new_unique()));
    assert!(Params::parse(&filled).is_ok());
}
