//! The states of a circuit breaker by the number that a row stores: names and colours.

use {firebreak_risk::circuit::State, plotters::style::RGBColor};

/// A state as charts show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Look {
    /// Its name, in the legend of a chart of all states.
    pub name: &'static str,
    /// Its name where the breaker is one thing of several.
    pub label: &'static str,
    /// Its colour.
    pub colour: RGBColor,
}

const fn look(name: &'static str, label: &'static str, colour: RGBColor) -> Look {
    Look { name, label, colour }
}

/// All states, by number; the first is the normal one.
pub(super) const LOOKS: [Look; 5] = [
    look("normal", "breaker: normal", RGBColor(0x8C, 0xE9, 0x9A)),
    look("elevated", "breaker: elevated", RGBColor(0xFF, 0xC0, 0x34)),
    look("reduce only", "breaker: reduce only", RGBColor(0xE8, 0x59, 0x0C)),
    look("halted", "breaker: halted", RGBColor(0xC9, 0x2A, 0x2A)),
    look("recovery", "breaker: recovery", RGBColor(0x4D, 0xAB, 0xF7)),
];

/// The number of the state that a stored number means; what is unknown counts as the program counts it.
pub(super) fn number(stored: u8) -> usize {
    match State::from_u8(stored) {
        State::Normal => 0,
        State::Elevated => 1,
        State::ReduceOnly => 2,
        State::Halted => 3,
        State::Recovery => 4,
    }
}

/// Name of the state that a stored number means.
pub fn name(stored: u8) -> &'static str {
    LOOKS.get(number(stored)).map_or("unknown", |look| look.name)
}

/// True when nothing is restricted.
pub fn is_normal(stored: u8) -> bool {
    number(stored) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_the_program() {
        let states = [State::Normal, State::Elevated, State::ReduceOnly, State::Halted, State::Recovery];
        for (index, state) in states.into_iter().enumerate() {
            // as-safety: the stored number of an enum of one byte.
            assert_eq!(number(state as u8), index);
        }
        assert_eq!((name(2), name(200)), ("reduce only", "halted"));
        assert!(is_normal(0) && !is_normal(4));
    }
}
