//! The operations themselves, written as any program would write them.

use crate::protocol::{Answer, Call, Kind, Style};

/// Runs one call.
///
/// On the VM each arm becomes calls of the helpers under test; nothing here is folded at compile time because
/// the operands come from instruction data.
#[inline(never)]
pub fn evaluate(call: &Call) -> Answer {
    if call.op.is_signed {
        evaluate_signed(call)
    } else {
        evaluate_unsigned(call)
    }
}

fn evaluate_unsigned(call: &Call) -> Answer {
    let (a, b) = (call.a, call.b);
    match (call.op.style, call.op.kind) {
        (Style::Wrapping, Kind::Mul) => Answer::Value(a.wrapping_mul(b)),
        (Style::Checked, Kind::Mul) => checked(a.checked_mul(b)),
        (Style::Overflowing, Kind::Mul) => overflowing(a.overflowing_mul(b)),
        (Style::Checked, Kind::Div) => checked(a.checked_div(b)),
        (Style::Checked, Kind::Rem) => checked(a.checked_rem(b)),
        (_, Kind::Div | Kind::Rem) if b == 0 => Answer::Undefined,
        (Style::Wrapping, Kind::Div) => Answer::Value(a.wrapping_div(b)),
        (Style::Wrapping, Kind::Rem) => Answer::Value(a.wrapping_rem(b)),
        (Style::Overflowing, Kind::Div) => overflowing(a.overflowing_div(b)),
        (Style::Overflowing, Kind::Rem) => overflowing(a.overflowing_rem(b)),
    }
}

fn evaluate_signed(call: &Call) -> Answer {
    let (a, b) = (call.a as i128, call.b as i128);
    let wrap = |(value, overflowed): (i128, bool)| (value as u128, overflowed);
    match (call.op.style, call.op.kind) {
        (Style::Wrapping, Kind::Mul) => Answer::Value(a.wrapping_mul(b) as u128),
        (Style::Checked, Kind::Mul) => checked(a.checked_mul(b).map(|value| value as u128)),
        (Style::Overflowing, Kind::Mul) => overflowing(wrap(a.overflowing_mul(b))),
        (Style::Checked, Kind::Div) => checked(a.checked_div(b).map(|value| value as u128)),
        (Style::Checked, Kind::Rem) => checked(a.checked_rem(b).map(|value| value as u128)),
        (_, Kind::Div | Kind::Rem) if b == 0 => Answer::Undefined,
        (Style::Wrapping, Kind::Div) => Answer::Value(a.wrapping_div(b) as u128),
        (Style::Wrapping, Kind::Rem) => Answer::Value(a.wrapping_rem(b) as u128),
        (Style::Overflowing, Kind::Div) => overflowing(wrap(a.overflowing_div(b))),
        (Style::Overflowing, Kind::Rem) => overflowing(wrap(a.overflowing_rem(b))),
    }
}

fn checked(value: Option<u128>) -> Answer {
    value.map_or(Answer::None, Answer::Value)
}

fn overflowing((value, overflowed): (u128, bool)) -> Answer {
    if overflowed {
        Answer::Overflowed(value)
    } else {
        Answer::Value(value)
    }
}
