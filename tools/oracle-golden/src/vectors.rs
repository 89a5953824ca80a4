//! The committed form of an account: its length, its bytes where they are not zero, and what it says.

use anyhow::Result;
use serde_json::{json, Value};

/// Zeros that end a run of bytes.
const GAP: usize = 8;

/// What an account says, in its own decimals.
pub struct Said {
    pub mantissa: i128,
    pub exponent: i32,
    pub confidence: u128,
    pub confidence_exponent: i32,
    pub publish: i64,
}

/// One account. `says` is `None` where the oracle's own rules give no price.
pub struct Vector {
    pub name: &'static str,
    pub data: Vec<u8>,
    pub says: Option<Said>,
}

/// One file. Numbers beyond 53 bits are text.
pub fn to_json(vectors: &[Vector]) -> Result<String> {
    let list: Vec<Value> = vectors
        .iter()
        .map(|vector| {
            let says = vector.says.as_ref().map(|said| {
                json!({
                    "mantissa": said.mantissa.to_string(),
                    "exponent": said.exponent,
                    "confidence": said.confidence.to_string(),
                    "confidence_exponent": said.confidence_exponent,
                    "publish": said.publish,
                })
            });
            let runs: Vec<Value> = runs(&vector.data)
                .map(|(at, bytes)| json!({ "at": at, "hex": hex::encode(bytes) }))
                .collect();
            json!({ "name": vector.name, "length": vector.data.len(), "bytes": runs, "says": says })
        })
        .collect();
    let mut text = serde_json::to_string_pretty(&list)?;
    text.push('\n');
    Ok(text)
}

/// Runs that begin and end with a byte that is not zero and contain fewer than [`GAP`] zeros in a row.
fn runs(data: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + data[at..].iter().position(|byte| *byte != 0)?;
        let mut end = start + 1;
        at = end;
        while at < data.len() && at - end < GAP {
            if data[at] != 0 {
                end = at + 1;
            }
            at += 1;
        }
        Some((start, &data[start..end]))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_rebuild_the_data() {
        for data in [vec![], vec![0; 40], [&[0; 3][..], &[1, 0, 0, 2], &[0; 20], &[3]].concat(), vec![9; 30]]
        {
            let mut rebuilt = vec![0; data.len()];
            for (at, bytes) in runs(&data) {
                rebuilt[at..at + bytes.len()].copy_from_slice(bytes);
            }
            assert_eq!(rebuilt, data);
        }
    }
}
