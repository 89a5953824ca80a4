//! The bytes that go in and out, shared by the program and the test that drives it.

/// Bytes of an encoded [`Call`]: operation, then both operands, little-endian.
pub const CALL_LEN: usize = 33;
/// Bytes of an encoded [`Answer`]: flag, then value, little-endian.
pub const ANSWER_LEN: usize = 17;
/// How many calls fit one instruction: the runtime returns at most 1024 bytes.
pub const CALLS_MAX: usize = 1024 / ANSWER_LEN;

/// Which operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Mul,
    Div,
    Rem,
}

/// Which family of methods: `wrapping_`, `checked_` or `overflowing_`. Each is lowered differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    Wrapping,
    Checked,
    Overflowing,
}

/// One method of `u128` or `i128`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Op {
    pub kind: Kind,
    pub style: Style,
    /// Operands and result are `i128` rather than `u128`.
    pub is_signed: bool,
}

const KINDS: [Kind; 3] = [Kind::Mul, Kind::Div, Kind::Rem];
const STYLES: [Style; 3] = [Style::Wrapping, Style::Checked, Style::Overflowing];

impl Op {
    /// How many operations there are.
    pub const COUNT: u8 = 18;

    /// Every operation, in the order of their codes.
    pub fn all() -> impl Iterator<Item = Op> + Clone {
        (0..Self::COUNT).filter_map(Op::from_code)
    }

    /// The operation with this code, if there is one.
    #[inline]
    pub fn from_code(code: u8) -> Option<Op> {
        if code >= Self::COUNT {
            return None;
        }
        Some(Op {
            kind: KINDS[(code % 3) as usize],
            style: STYLES[(code / 3 % 3) as usize],
            is_signed: code >= 9,
        })
    }

    /// The inverse of [`Op::from_code`].
    pub fn code(self) -> u8 {
        self.kind as u8 + 3 * self.style as u8 + 9 * self.is_signed as u8
    }
}

/// One operation on two operands. Signed operands travel as their two's complement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call {
    pub op: Op,
    pub a: u128,
    pub b: u128,
}

impl Call {
    /// The bytes of this call.
    pub fn encode(&self) -> [u8; CALL_LEN] {
        let mut bytes = [0; CALL_LEN];
        bytes[0] = self.op.code();
        bytes[1..17].copy_from_slice(&self.a.to_le_bytes());
        bytes[17..].copy_from_slice(&self.b.to_le_bytes());
        bytes
    }

    /// The call in these bytes, or `None` when the operation is unknown.
    #[inline]
    pub fn decode(bytes: &[u8; CALL_LEN]) -> Option<Call> {
        let [code, operands @ ..] = bytes;
        let (a, b) = operands.split_first_chunk::<16>()?;
        Some(Call {
            op: Op::from_code(*code)?,
            a: u128::from_le_bytes(*a),
            b: u128::from_le_bytes(*b.first_chunk::<16>()?),
        })
    }
}

/// What an operation gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A wrapping operation's value, a checked one's `Some`, or an overflowing one's value without overflow.
    Value(u128),
    /// An overflowing operation's wrapped value, with overflow.
    Overflowed(u128),
    /// A checked operation's `None`.
    None,
    /// A wrapping or overflowing division by zero, which the probe does not attempt: it would abort.
    Undefined,
}

impl Answer {
    /// The bytes of this answer.
    #[inline]
    pub fn encode(self) -> [u8; ANSWER_LEN] {
        let (flag, value) = match self {
            Answer::Value(value) => (0, value),
            Answer::Overflowed(value) => (1, value),
            Answer::None => (2, 0),
            Answer::Undefined => (3, 0),
        };
        let mut bytes = [flag; ANSWER_LEN];
        bytes[1..].copy_from_slice(&value.to_le_bytes());
        bytes
    }

    /// The answer in these bytes, or `None` when the flag is unknown.
    pub fn decode(bytes: &[u8; ANSWER_LEN]) -> Option<Answer> {
        let [flag, value @ ..] = bytes;
        let value = u128::from_le_bytes(*value);
        match flag {
            0 => Some(Answer::Value(value)),
            1 => Some(Answer::Overflowed(value)),
            2 => Some(Answer::None),
            3 => Some(Answer::Undefined),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_has_its_own_code_and_survives_encoding() {
        assert_eq!(Op::all().count(), usize::from(Op::COUNT));
        for (index, op) in Op::all().enumerate() {
            assert_eq!(usize::from(op.code()), index);
            let call = Call { op, a: u128::MAX - 5, b: 1 << 100 };
            assert_eq!(Call::decode(&call.encode()), Some(call));
        }
        assert_eq!(Op::from_code(Op::COUNT), None);
    }

    #[test]
    fn every_answer_survives_encoding() {
        for answer in [Answer::Value(7), Answer::Overflowed(u128::MAX), Answer::None, Answer::Undefined] {
            assert_eq!(Answer::decode(&answer.encode()), Some(answer));
        }
        assert_eq!(Answer::decode(&[4; ANSWER_LEN]), None);
    }
}
