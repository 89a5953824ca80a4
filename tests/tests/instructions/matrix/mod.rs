//! Wrong accounts in every slot of every instruction.
//!
//! The substitutions are generated from the instruction's account list and from what is on the chain; a row of the
//! table only names the slots and lists the substitutions that are rightly accepted, each with its reason.

mod rows;
mod run;
mod swaps;

use firebreak::error::FirebreakError;
use run::{check, codes};

use crate::stage::Scene;

/// Substitutions in one slot that succeed, and why that is right.
pub struct Accepted {
    /// Slots by name; an asterisk at the end stands for any rest.
    pub slot: &'static str,
    /// Labels of substitutions; an asterisk at the end stands for any rest.
    pub swaps: &'static [&'static str],
    /// Why nobody is harmed.
    pub reason: &'static str,
}

/// One instruction's row of the table.
pub struct Row {
    /// Names of all accounts, the remaining ones included, in order.
    pub slots: Vec<String>,
    /// What is rightly accepted.
    pub accepted: &'static [Accepted],
    /// True when the instruction answers with return data, so that a refusal need not be an error.
    pub answers: bool,
    /// A call that succeeds and changes something.
    pub scene: fn() -> Scene,
}

macro_rules! instructions {
    ($($name:ident),+ $(,)?) => {
        /// Instructions with a row.
        const NAMES: &[&str] = &[$(stringify!($name)),+];

        mod every_wrong_account_is_refused_by {
            $(#[test]
            fn $name() {
                super::check(stringify!($name), &super::rows::$name());
            })+
        }

        /// The rows with their names.
        fn all_rows() -> Vec<(&'static str, Row)> {
            vec![$((stringify!($name), rows::$name())),+]
        }
    };
}

instructions!(
    create_group,
    create_shard,
    add_collateral,
    add_market,
    register_venue,
    add_venue_market,
    activate,
    update_group,
    update_collateral,
    update_market,
    update_oracle,
    sync_venue_market,
    set_authorities,
    accept_admin,
    pause,
    resume,
    freeze_venue,
    refresh,
    create_committee,
    update_committee,
    post_forecast,
    open_account,
    approve_venue,
    deposit,
    withdraw,
    settle_pnl,
    register_demand,
    view_account,
    close_account,
    apply_fill,
    check_fill,
    fold,
    post_premium,
    collect_venue_fees,
    collect_protocol_fees,
    liquidate,
    liquidate_collateral,
    fund_insurance,
    open_stake,
    stake,
    request_unstake,
    cancel_unstake,
    unstake,
    close_stake,
    resolve_bankruptcy,
    recover_breaker,
);

#[test]
fn every_instruction_of_the_program_has_a_row() {
    let program = include_str!("../../../../programs/firebreak/src/lib.rs");
    let body = program.split_once("pub mod firebreak {").expect("the program module").1;
    let names: Vec<&str> = body
        .lines()
        .filter_map(|line| line.trim_start().strip_prefix("pub fn "))
        .filter_map(|rest| rest.split(['<', '(']).next())
        .collect();
    assert_eq!(names, NAMES, "instructions of the program (left) and rows of the table (right)");
}

const NOT_GUARDIAN: Option<u32> = Some(FirebreakError::NotGuardian as u32 + 6000);

/// Who may not sign, and the code of the refusal. Custom 3010, 2006 and 4 are Anchor's `AccountNotSigner` and
/// `ConstraintSeeds` and the token program's `OwnerMismatch`.
const STRANGERS: [(&str, &str, Option<u32>); 38] = [
    ("create_group", "admin", Some(2006)),
    ("create_shard", "admin", Some(6100)),
    ("add_collateral", "admin", Some(6100)),
    ("add_market", "admin", Some(6100)),
    ("register_venue", "admin", Some(6100)),
    ("add_venue_market", "admin", Some(6100)),
    ("activate", "admin", Some(6100)),
    ("update_group", "authority", NOT_GUARDIAN),
    ("update_collateral", "authority", NOT_GUARDIAN),
    ("update_market", "authority", NOT_GUARDIAN),
    ("update_oracle", "authority", NOT_GUARDIAN),
    ("set_authorities", "admin", Some(6100)),
    ("accept_admin", "proposed_admin", Some(FirebreakError::NotProposedAdmin as u32 + 6000)),
    ("pause", "authority", NOT_GUARDIAN),
    ("resume", "authority", NOT_GUARDIAN),
    ("freeze_venue", "authority", NOT_GUARDIAN),
    ("create_committee", "admin", Some(6100)),
    ("update_committee", "authority", NOT_GUARDIAN),
    ("post_forecast", "reporter", Some(FirebreakError::NotReporter as u32 + 6000)),
    ("open_account", "owner", Some(2006)),
    // Anyone who signs may pay the rent.
    ("open_account", "payer", None),
    ("approve_venue", "owner", Some(6300)),
    ("deposit", "depositor", Some(4)),
    ("withdraw", "owner", Some(6300)),
    ("close_account", "owner", Some(6300)),
    ("apply_fill", "authority", Some(6400)),
    ("post_premium", "authority", Some(6400)),
    ("collect_venue_fees", "authority", Some(6400)),
    ("liquidate", "owner", Some(6502)),
    ("liquidate_collateral", "owner", Some(6502)),
    ("fund_insurance", "funder", Some(4)),
    ("open_stake", "owner", Some(2006)),
    // Anyone who signs may pay the rent.
    ("open_stake", "payer", None),
    ("stake", "owner", Some(6300)),
    ("request_unstake", "owner", Some(6300)),
    ("cancel_unstake", "owner", Some(6300)),
    ("unstake", "owner", Some(6300)),
    ("close_stake", "owner", Some(6300)),
];

#[test]
fn nobody_else_signs_and_nobody_acts_without_a_signature() {
    let mut strangers = Vec::new();
    for (name, row) in all_rows() {
        for (slot, label, code) in codes(name, &row, &["unsigned", "stranger"]) {
            if label == "unsigned" {
                assert_eq!(code, Some(3010), "{name} without the signature of {slot}");
            } else {
                strangers.push((name, slot, code));
            }
        }
    }
    let expected = STRANGERS.map(|(name, slot, code)| (name, slot.to_owned(), code));
    assert_eq!(strangers, expected);
}
