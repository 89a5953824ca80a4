//! A million mutated and random accounts for each adapter, against what the oracle's own rules say about the bytes.

use firebreak_risk::oracle::{judge, price_from_decimal, SourceLimits};

use super::{
    adapters::{assert_says, Adapter, Field, ADAPTERS},
    rows::{row, NOW},
    *,
};
use crate::oracle::{pyth, pyth_classic, switchboard, switchboard_v2};

/// Inputs of each adapter.
const INPUTS: u32 = 1_000_000;
/// Longest run of bytes that one mutation writes.
const RUN_MAX: usize = 32;
/// Mutations of one input.
const MUTATIONS_MAX: usize = 4;
/// Bytes behind a sound account, so that prolonged ones need no copy.
const TAIL: usize = 64;

/// A buffer that is mutated in place and put back, because a copy of some kilobytes would cost more than the test.
struct Scratch {
    data: Vec<u8>,
    undo: Vec<(usize, [u8; RUN_MAX], usize)>,
}

impl Scratch {
    fn new(data: Vec<u8>) -> Scratch {
        Scratch { data, undo: Vec::with_capacity(MUTATIONS_MAX + 8) }
    }

    /// Writes a run, cut at the end of the buffer.
    fn write(&mut self, at: usize, run: &[u8]) {
        let len = run.len().min(self.data.len() - at).min(RUN_MAX);
        let mut old = [0; RUN_MAX];
        old[..len].copy_from_slice(&self.data[at..at + len]);
        self.undo.push((at, old, len));
        self.data[at..at + len].copy_from_slice(&run[..len]);
    }

    fn restore(&mut self) {
        while let Some((at, old, len)) = self.undo.pop() {
            self.data[at..at + len].copy_from_slice(&old[..len]);
        }
    }
}

fn decode(adapter: &Adapter, data: &[u8]) -> Result<Decoded, Fault> {
    match adapter.kinds[0] {
        SourceKind::PythReceiver => pyth::decode(data, &SOL_USD),
        SourceKind::SwitchboardOnDemand => switchboard::decode(data),
        SourceKind::PythClassic => pyth_classic::decode(data),
        SourceKind::SwitchboardV2 => switchboard_v2::decode(data),
        other => panic!("{other:?} has no adapter here"),
    }
}

/// Offsets of numbers and flags that the rules look at, and of what identifies the account.
fn offsets(adapter: &Adapter) -> [Vec<usize>; 2] {
    let numbers = [adapter.price, adapter.confidence, adapter.publish];
    let exponent = adapter.exponent.map(|(field, _)| field);
    let numbers = numbers.into_iter().chain(exponent).chain(adapter.flags.iter().copied());
    [
        numbers.flat_map(Field::range).collect(),
        adapter.identity.iter().flat_map(|field| field.range()).collect(),
    ]
}

/// One mutation: a flipped bit, a small number, a field of a telling value, random bytes, or a piece of somewhere else.
fn mutate(scratch: &mut Scratch, random: &mut Random, offsets: &[Vec<usize>; 2], splice: &[u8]) {
    let at = match random.below(16) {
        0 | 1 => random.below(scratch.data.len()),
        2 => offsets[1][random.below(offsets[1].len())],
        _ => offsets[0][random.below(offsets[0].len())],
    };
    match random.below(6) {
        0 | 1 => {
            let bit = 1 << random.below(8);
            scratch.write(at, &[scratch.data[at] ^ bit]);
        }
        2 => {
            let small = random.below(4) as u8;
            scratch.write(at, &[small]);
        }
        3 => {
            let values = [0, -1, i64::MIN, i64::MAX, 1_800_000_000, 14_061_593_700, NOW + 6, NOW - 31];
            let value = i128::from(values[random.below(values.len())]);
            let width = [1, 4, 8, 16][random.below(4)];
            scratch.write(at, &value.to_le_bytes()[..width]);
        }
        4 => {
            let mut run = [0; 16];
            random.fill(&mut run);
            scratch.write(at, &run[..1 + random.below(16)]);
        }
        _ => {
            let from = random.below(splice.len());
            let len = (1 + random.below(RUN_MAX)).min(splice.len() - from);
            scratch.write(at, &splice[from..from + len]);
        }
    }
}

/// What was counted: prices, refusals by the bytes, refusals by the guards.
#[derive(Debug, Default)]
struct Counts {
    prices: u32,
    bytes: u32,
    guards: u32,
}

/// The bytes' rules decide whether there is a number, the guards whether it is a price.
fn check(adapter: &Adapter, data: &[u8], limits: &SourceLimits, counts: &mut Counts) {
    let (decoded, said) = (decode(adapter, data), (adapter.says)(data));
    let (Ok(decoded), Some(said)) = (decoded, said) else {
        // What nobody's price can be may be refused where the rules have no bound: with 21 digits before the point, or a
        // band with 11.
        let is_huge = said.is_some_and(|said| {
            digits(said.mantissa.unsigned_abs(), said.exponent) > 20
                || digits(said.confidence, said.confidence_exponent) > 10
        });
        assert!(decoded.is_err() && (said.is_none() || is_huge), "{decoded:?} where {said:?}");
        counts.bytes += 1;
        return;
    };
    assert_says(&decoded, &said);
    let judged = judge(Ok(decoded), limits, UnixTime(NOW - 10), UnixTime(NOW));
    let Ok(reading) = judged else {
        counts.guards += 1;
        return;
    };
    let ago = NOW - said.publish;
    assert!((-5..=10).contains(&ago) && reading.publish.0 == said.publish, "{said:?}");
    assert!(said.mantissa > 0 && reading.price.0 > 0, "{said:?}");
    // The price is that of the account's own decimals, however many the adapter gave it; the row's exponent is -3.
    assert_eq!(price_from_decimal(said.mantissa, said.exponent - 3), Ok(reading.price), "{said:?}");
    assert!(reading.confidence <= reading.price, "{said:?}");
    counts.prices += 1;
}

/// Digits before the decimal point.
fn digits(mantissa: u128, exponent: i32) -> i32 {
    mantissa.checked_ilog10().map_or(0, |log| log as i32 + 1 + exponent)
}

fn fuzz(index: usize) {
    let adapter = &ADAPTERS[index];
    let mut random = Random(0x0f1e_2d3c_4b5a_6978 ^ index as u64);
    let sound = (adapter.sound)();
    let (len, offsets) = (sound.len(), offsets(adapter));
    let splice: Vec<u8> = ADAPTERS.iter().flat_map(|other| (other.sound)()).collect();
    let mut noise = vec![0; 16_384];
    random.fill(&mut noise);
    let mut scratch = Scratch::new([&sound[..], &noise[..TAIL]].concat());
    let mut noise = Scratch::new(noise);
    let (limits, mut counts) = (row().source_limits(), Counts::default());
    for _ in 0..INPUTS {
        // One in eight is noise, mostly with what identifies the account in place.
        let data = if random.below(8) == 0 {
            let start = random.below(64);
            for field in adapter.identity.iter().filter(|_| random.below(8) != 0) {
                for at in field.range().step_by(RUN_MAX) {
                    noise.write(start + at, &sound[at..field.range().end.min(at + RUN_MAX)]);
                }
            }
            mutate(&mut noise, &mut random, &offsets, &splice);
            // The sound length, the longest of any layout, or any other.
            let end = start + [len, 12_576, random.below(13_000)][random.below(3)];
            &noise.data[start..end]
        } else {
            for _ in 0..1 + random.below(MUTATIONS_MAX) {
                mutate(&mut scratch, &mut random, &offsets, &splice);
            }
            let cut = match random.below(32) {
                0 => random.below(len),
                1 => len + random.below(TAIL),
                _ => len,
            };
            &scratch.data[..cut]
        };
        check(adapter, data, &limits, &mut counts);
        scratch.restore();
        noise.restore();
    }
    assert_eq!(&scratch.data[..len], sound, "undone");
    // Neither all nor none: the inputs reach every side.
    for count in [counts.prices, counts.bytes, counts.guards] {
        assert!(count > INPUTS / 20 && count < INPUTS * 4 / 5, "{counts:?}");
    }
}

#[test]
fn a_million_price_updates_are_priced_exactly_where_the_rules_allow() {
    fuzz(0);
}

#[test]
fn a_million_pull_feeds_are_priced_exactly_where_the_rules_allow() {
    fuzz(1);
}

#[test]
fn a_million_classic_accounts_are_priced_exactly_where_the_rules_allow() {
    fuzz(2);
}

#[test]
fn a_million_aggregators_are_priced_exactly_where_the_rules_allow() {
    fuzz(3);
}

#[test]
fn every_adapter_is_fuzzed() {
    assert_eq!(ADAPTERS.len(), 4, "a new adapter needs a test above");
}
