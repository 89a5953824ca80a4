//! What transactions cost and why they failed, read from the chain's logs over WebSocket.

use std::collections::BTreeMap;

use firebreak::error::FirebreakError;

/// Compute units by instruction, and failures by reason.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Compute units of each landed instruction of Firebreak and the venue, by name.
    pub units: BTreeMap<String, Vec<u64>>,
    /// Transactions that landed without error.
    pub landed: u64,
    /// Transactions that failed, by reason.
    pub failed: BTreeMap<String, u64>,
}

/// A program on the invocation stack while logs are read.
struct Frame {
    program: String,
    instruction: Option<String>,
}

impl Tally {
    /// Adds one transaction: its logs, and its error if it failed.
    pub fn add(&mut self, logs: &[String], error: Option<&str>) {
        match error {
            None => {
                self.landed += 1;
                self.add_units(logs);
            }
            Some(error) => *self.failed.entry(reason(logs, error)).or_default() += 1,
        }
    }

    fn add_units(&mut self, logs: &[String]) {
        let mut stack: Vec<Frame> = Vec::new();
        for line in logs {
            if let Some(name) = line.strip_prefix("Program log: Instruction: ") {
                if let Some(frame) = stack.last_mut() {
                    frame.instruction.get_or_insert_with(|| name.to_owned());
                }
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
        tally.add(&logs, None);
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
        tally.add(&logs, Some("InstructionError(1, Custom(6203))"));
        assert_eq!(tally.failed["StaleRow"], 1);
        assert!(explanation("StaleRow").is_some());
        assert!(explanation("InstructionError(0, ProgramFailedToComplete)").is_none());
    }
}
