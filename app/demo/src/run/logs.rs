//! What transactions cost, why they failed, what keepers sold, and which ones are worth reading again: from the chain's
//! logs over WebSocket.

use std::collections::{BTreeMap, BTreeSet};

use anchor_lang::{prelude::Pubkey, AnchorDeserialize, Discriminator};
use base64::{engine::general_purpose::STANDARD, Engine};
use example_venue::{events::OrderPlaced, state::Side};
use firebreak::error::FirebreakError;

use crate::footprint::Direction;

/// Instructions whose events are read after the day: what was taken over, converted, lost and paid in.
const NOTED: [&str; 4] = ["Liquidate", "LiquidateCollateral", "ResolveBankruptcy", "Deposit"];
/// The setup's deposits come with this one and are not noted: nobody asks for them.
const SETUP: &str = "OpenAccount";

/// Counts over all transactions.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Compute units of each landed instruction of Firebreak and the venue, by name.
    pub units: BTreeMap<String, Vec<u64>>,
    /// Transactions that landed without error.
    pub landed: u64,
    /// Transactions that failed, by reason.
    pub failed: BTreeMap<String, u64>,
    /// Landed transactions whose events are read after the day.
    pub noted: Vec<Noted>,
    /// Seconds of the window now: transactions are stamped with it when they are seen.
    pub now_secs: i64,
    /// Margin accounts whose trades move the price.
    keepers: BTreeSet<Pubkey>,
    /// Those trades, until they are taken.
    trades: Vec<Trade>,
}

/// A transaction to be read again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Noted {
    /// Its signature.
    pub signature: String,
    /// Seconds of the window when it was seen.
    pub offset_secs: i64,
}

/// A trade of a keeper on a venue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trade {
    /// Direction of the keeper.
    pub direction: Direction,
    /// Quote atoms traded.
    pub notional_atoms: u64,
}

/// A transaction as its logs tell it.
#[derive(Clone, Copy, Debug)]
pub struct Logged<'a> {
    /// Its signature.
    pub signature: &'a str,
    /// All lines.
    pub logs: &'a [String],
    /// Its error, if it failed.
    pub error: Option<&'a str>,
}

/// A program on the invocation stack while logs are read.
struct Frame {
    program: String,
    instruction: Option<String>,
}

impl Tally {
    /// An empty tally that watches the trades of these margin accounts.
    pub fn watching(keepers: impl IntoIterator<Item = Pubkey>) -> Self {
        Self { keepers: keepers.into_iter().collect(), ..Self::default() }
    }

    /// Adds one transaction.
    pub fn add(&mut self, logged: &Logged) {
        if let Some(error) = logged.error {
            *self.failed.entry(reason(logged.logs, error)).or_default() += 1;
            return;
        }
        self.landed += 1;
        let names = self.read(logged.logs);
        if !names.contains(SETUP) && NOTED.iter().any(|name| names.contains(*name)) {
            let signature = logged.signature.to_owned();
            self.noted.push(Noted { signature, offset_secs: self.now_secs });
        }
    }

    /// Trades of keepers since the last call.
    pub fn take_trades(&mut self) -> Vec<Trade> {
        std::mem::take(&mut self.trades)
    }

    /// Counts units and trades; returns the names of the instructions.
    fn read(&mut self, logs: &[String]) -> BTreeSet<String> {
        let (mut stack, mut names): (Vec<Frame>, BTreeSet<String>) = (Vec::new(), BTreeSet::new());
        for line in logs {
            if let Some(name) = line.strip_prefix("Program log: Instruction: ") {
                if let Some(frame) = stack.last_mut() {
                    frame.instruction.get_or_insert_with(|| name.to_owned());
                }
                names.insert(name.to_owned());
                continue;
            }
            if let Some(data) = line.strip_prefix("Program data: ") {
                self.trades.extend(self.trade(&stack, data));
                continue;
            }
            let mut words = line.strip_prefix("Program ").unwrap_or_default().split(' ');
            let (Some(program), Some(verb)) = (words.next(), words.next()) else {
                continue;
            };
            match verb {
                "invoke" => stack.push(Frame { program: program.to_owned(), instruction: None }),
                "consumed" => self.consumed(&stack, program, words.next()),
                "success" | "failed:" => {
                    stack.pop();
                }
                _ => {}
            }
        }
        names
    }

    /// The trade of a keeper that a venue's event tells of.
    fn trade(&self, stack: &[Frame], data: &str) -> Option<Trade> {
        stack.last().filter(|frame| frame.program == example_venue::ID.to_string())?;
        let bytes = STANDARD.decode(data).ok()?;
        let placed = OrderPlaced::deserialize(&mut bytes.strip_prefix(OrderPlaced::DISCRIMINATOR)?).ok()?;
        let is_keeper = self.keepers.contains(&placed.margin) && placed.notional_atoms > 0;
        let direction = match placed.side {
            Side::Buy => Direction::Buy,
            Side::Sell => Direction::Sell,
        };
        is_keeper.then_some(Trade { direction, notional_atoms: placed.notional_atoms })
    }

    fn consumed(&mut self, stack: &[Frame], program: &str, units: Option<&str>) {
        let Some(frame) = stack.last().filter(|frame| frame.program == program) else {
            return;
        };
        let (Some(name), Some(units)) = (&frame.instruction, units.and_then(|text| text.parse().ok())) else {
            return;
        };
        let Some(prefix) = program_name(program) else {
            return;
        };
        self.units.entry(format!("{prefix}::{}", snake_case(name))).or_default().push(units);
    }
}

fn program_name(program: &str) -> Option<&'static str> {
    if program == firebreak::ID.to_string() {
        Some("firebreak")
    } else if program == example_venue::ID.to_string() {
        Some("example_venue")
    } else {
        None
    }
}

fn snake_case(name: &str) -> String {
    let mut text = String::with_capacity(name.len() + 4);
    for (place, letter) in name.chars().enumerate() {
        if letter.is_uppercase() && place > 0 {
            text.push('_');
        }
        text.extend(letter.to_lowercase());
    }
    text
}

/// The name of the failed rule: Anchor logs it; anything else is named by the runtime's error.
fn reason(logs: &[String], error: &str) -> String {
    let named = logs.iter().rev().find_map(|line| {
        let rest = line.split("Error Code: ").nth(1)?;
        rest.split('.').next().map(str::to_owned)
    });
    named.unwrap_or_else(|| error.to_owned())
}

/// Why a failure of this kind is expected in a run; `None` is an unexplained one.
pub fn explanation(reason: &str) -> Option<String> {
    let is = |error: FirebreakError| reason == error.name();
    let text = if is(FirebreakError::LiquidatorMargin) {
        "the keeper's own margin was used up by inventory it had not sold yet"
    } else if is(FirebreakError::InsufficientCollateral) {
        "the keeper had spent the quote for the collateral it meant to buy"
    } else if is(FirebreakError::StaleRow) {
        "the replay moved the clock and had not published the next price yet"
    } else if is(FirebreakError::BreakerStays) {
        "another keeper recovered the breaker first"
    } else if is(FirebreakError::NotBankrupt) || is(FirebreakError::NoPosition) {
        "another keeper resolved the account first"
    } else if is(FirebreakError::VerdictRefuses) {
        "the replay had written one oracle account and not yet the other, so the sources contradicted each other"
    } else if is(FirebreakError::PositionsRemain) {
        "the account had a position again when the keeper's transaction landed"
    } else if is(FirebreakError::ShortfallOpen) {
        "a loss of the market was certain and not assigned yet, so no profit was paid"
    } else if is(FirebreakError::DebtMarkets) {
        "the account's debts had changed when the keeper's transaction landed"
    } else if reason == "BookFull" {
        "the book had no place for another resting order"
    } else if reason == "RefusedPriceBand" {
        "the resting order was outside the band around the risk price"
    } else if reason == "RefusedReduceOnly" {
        "the breaker or the oracle verdict allowed reductions only"
    } else if reason == "RefusedOpenInterestCap" || reason == "RefusedPositionSize" {
        "liquidation demand or depth left the side or the account no more room"
    } else if reason == "RefusedInitialMargin" {
        "the trader's margin did not cover the order"
    } else if reason == "RefusedStaleRow" {
        "the replay moved the clock and had not published the next price yet"
    } else if reason == "RefusedStaleFold" {
        "the replay moved the clock and had not folded the market yet"
    } else if reason == "MakerAccountMissing" {
        "the book changed between reading it and landing"
    } else if reason == "OrderNotFound" {
        "the order was filled before it could be cancelled"
    } else {
        return None;
    };
    Some(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<String> {
        text.lines().map(|line| line.trim().to_owned()).collect()
    }

    fn logged<'a>(logs: &'a [String], error: Option<&'a str>) -> Logged<'a> {
        Logged { signature: "signature", logs, error }
    }

    /// Logs of an order of `margin` that sold for 5 000 atoms, as the program `program` would emit them.
    fn sold(margin: Pubkey, program: Pubkey) -> Vec<String> {
        let placed = OrderPlaced {
            market: Pubkey::default(),
            margin,
            order_id: 0,
            client_id: 0,
            side: Side::Sell,
            limit_price_atoms: 10,
            lots: 600,
            filled_lots: 500,
            notional_atoms: 5_000,
            taker_fee_atoms: 3,
            resting_lots: 0,
            stop: example_venue::engine::Stop::Filled,
            refusal: 0,
            fills: Vec::new(),
            removals: Vec::new(),
            slot: 7,
        };
        let data = STANDARD.encode(anchor_lang::Event::data(&placed));
        lines(&format!("Program {program} invoke [1]\nProgram data: {data}\nProgram {program} success"))
    }

    #[test]
    fn trades_of_keepers_are_counted_once_and_those_of_others_not_at_all() {
        let (keeper, other) = (Pubkey::new_unique(), Pubkey::new_unique());
        let mut tally = Tally::watching([keeper]);
        for (margin, program) in
            [(keeper, example_venue::ID), (other, example_venue::ID), (keeper, firebreak::ID)]
        {
            tally.add(&logged(&sold(margin, program), None));
        }
        // A failed order traded nothing.
        tally.add(&logged(&sold(keeper, example_venue::ID), Some("Custom(1)")));
        let expected = Trade { direction: Direction::Sell, notional_atoms: 5_000 };
        assert_eq!(tally.take_trades(), vec![expected]);
        assert!(tally.take_trades().is_empty());
    }

    #[test]
    fn liquidations_are_noted_and_the_setup_is_not() {
        let id = firebreak::ID;
        let logs = |names: &[&str]| {
            let named = names.iter().map(|name| format!("Program log: Instruction: {name}\n"));
            lines(&format!("Program {id} invoke [1]\n{}Program {id} success", named.collect::<String>()))
        };
        let mut tally = Tally { now_secs: 60, ..Tally::default() };
        for names in [&["Liquidate"][..], &["OpenAccount", "Deposit"], &["Refresh"], &["Deposit"]] {
            tally.add(&logged(&logs(names), None));
        }
        tally.add(&logged(&logs(&["Liquidate"]), Some("Custom(1)")));
        let expected = Noted { signature: "signature".to_owned(), offset_secs: 60 };
        assert_eq!(tally.noted, vec![expected.clone(), expected]);
    }

    #[test]
    fn units_go_to_the_instruction_that_consumed_them_also_across_calls() {
        let id = firebreak::ID;
        let venue = example_venue::ID;
        let logs = lines(&format!(
            "Program {venue} invoke [1]
             Program log: Instruction: PlaceOrder
             Program {id} invoke [2]
             Program log: Instruction: ApplyFill
             Program {id} invoke [3]
             Program {id} consumed 900 of 9000 compute units
             Program {id} success
             Program {id} consumed 20000 of 90000 compute units
             Program {id} success
             Program {venue} consumed 35000 of 100000 compute units
             Program {venue} success"
        ));
        let mut tally = Tally::default();
        tally.add(&logged(&logs, None));
        assert_eq!(tally.units["firebreak::apply_fill"], vec![20_000]);
        assert_eq!(tally.units["example_venue::place_order"], vec![35_000]);
        assert_eq!(tally.units.len(), 2, "the event's own call has no name and is not counted");
        assert_eq!(tally.landed, 1);
    }

    #[test]
    fn a_failure_is_counted_under_the_rule_that_anchor_names() {
        let logs =
            lines("Program log: AnchorError thrown in x.rs:1. Error Code: StaleRow. Error Number: 6203.");
        let mut tally = Tally::default();
        tally.add(&logged(&logs, Some("InstructionError(1, Custom(6203))")));
        assert_eq!(tally.failed["StaleRow"], 1);
        assert!(explanation("StaleRow").is_some());
        assert!(explanation("InstructionError(0, ProgramFailedToComplete)").is_none());
    }
}
