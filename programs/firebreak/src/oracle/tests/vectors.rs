//! The adapters against the committed accounts of `tools/oracle-golden`: written by Pyth's own types, and by a replica of
//! Switchboard's in the declared order.

use serde_json::Value;

use super::{
    adapters::{assert_says, Said},
    *,
};
use crate::oracle::{pyth_classic, switchboard_v2};

const CLASSIC: &str = include_str!("../../../../../tests/vectors/pyth_classic.json");
const AGGREGATORS: &str = include_str!("../../../../../tests/vectors/switchboard_v2.json");

/// A name, the account's bytes, and what it says.
type Vector = (String, Vec<u8>, Option<Said>);

fn vectors(text: &str) -> Vec<Vector> {
    let list: Vec<Value> = serde_json::from_str(text).unwrap();
    list.iter().map(|vector| (vector["name"].to_string(), data(vector), said(&vector["says"]))).collect()
}

fn data(vector: &Value) -> Vec<u8> {
    let mut data = vec![0; number(&vector["length"]) as usize];
    for run in vector["bytes"].as_array().unwrap() {
        let (at, bytes) = (number(&run["at"]) as usize, hex::decode(run["hex"].as_str().unwrap()).unwrap());
        data[at..at + bytes.len()].copy_from_slice(&bytes);
    }
    data
}

fn said(says: &Value) -> Option<Said> {
    let text = |name: &str| says[name].as_str().unwrap();
    (!says.is_null()).then(|| Said {
        mantissa: text("mantissa").parse().unwrap(),
        exponent: number(&says["exponent"]) as i32,
        confidence: text("confidence").parse().unwrap(),
        confidence_exponent: number(&says["confidence_exponent"]) as i32,
        publish: number(&says["publish"]),
    })
}

fn number(value: &Value) -> i64 {
    value.as_i64().unwrap()
}

/// Reads every vector; returns how many say a price and how many do not.
fn compare(text: &str, decode: fn(&[u8]) -> Result<Decoded, Fault>) -> (usize, usize) {
    let (mut priced, mut refused) = (0, 0);
    for (name, data, said) in vectors(text) {
        match (decode(&data), said) {
            (Ok(decoded), Some(said)) => {
                assert_says(&decoded, &said);
                priced += 1;
            }
            (Err(Fault::Halted), None) => refused += 1,
            (decoded, said) => panic!("{name}: {decoded:?} where the oracle says {said:?}"),
        }
    }
    (priced, refused)
}

/// Nine accounts of Solana's size and two of Pythnet's; one that does not trade still says its previous price.
#[test]
fn classic_accounts_are_read_as_the_official_crate_reads_them() {
    assert_eq!(compare(CLASSIC, pyth_classic::decode), (11, 0));
    let mut lengths: Vec<usize> = vectors(CLASSIC).iter().map(|(_, data, _)| data.len()).collect();
    lengths.dedup();
    assert_eq!(lengths, [pyth_classic::LEN, pyth_classic::LEN_PYTHNET]);
}

/// Ten accounts, of which one has too few results.
#[test]
fn aggregators_are_read_in_the_declared_order_of_fields() {
    assert_eq!(compare(AGGREGATORS, switchboard_v2::decode), (9, 1));
    for (name, data, _) in vectors(AGGREGATORS) {
        assert_eq!(data.len(), switchboard_v2::LEN, "{name}");
    }
    let (_, data, _) = &vectors(AGGREGATORS)[0];
    let decoded = switchboard_v2::decode(data).unwrap();
    assert_eq!((decoded.mantissa, decoded.exponent), (3_522_158_332, -8));
}
