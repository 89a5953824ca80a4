//! Everything that can be wrong with one account, for every adapter: each has its named fault.

use anchor_lang::prelude::Pubkey;
use firebreak_risk::{
    oracle::{judge, Reading, Verdict},
    units::Price,
};

use super::{
    adapters::{signed, write, Adapter, ADAPTERS},
    rows::{clock, row, Source, World, NOW, PRICE},
    *,
};
use crate::oracle::read;

/// One account under its adapter.
struct Case<'a> {
    adapter: &'a Adapter,
    kind: SourceKind,
    data: Vec<u8>,
}

impl Case<'_> {
    /// The account owned by `owner`, decoded and judged as for a row that accepted a reading ten seconds ago.
    fn judged_as(&self, owner: Pubkey) -> Result<Reading, Fault> {
        let mut source = Source { key: Pubkey::default(), owner, data: self.data.clone(), lamports: 1 };
        let decoded = read::decode(self.kind as u8, &row(), &source.info());
        judge(decoded, &row().source_limits(), UnixTime(NOW - 10), UnixTime(NOW))
    }

    fn judged(&self) -> Result<Reading, Fault> {
        self.judged_as(self.kind.owner().expect("a kind of the table"))
    }

    fn with(&self, spoil: impl FnOnce(&mut Vec<u8>)) -> Self {
        let mut data = self.data.clone();
        spoil(&mut data);
        Self { data, ..*self }
    }

    #[track_caller]
    fn refuses(&self, what: &str, fault: Fault) {
        assert_eq!(self.judged(), Err(fault), "{:?}: {what}", self.kind);
        self.lowers_the_verdict(what, Verdict::SingleSource);
    }

    /// Beside a sound account of the other network.
    #[track_caller]
    fn lowers_the_verdict(&self, what: &str, expected: Verdict) {
        let mut world = World::new();
        let (kind, owner) = (self.kind as u8, self.kind.owner().expect("a kind of the table"));
        let mine = if self.kind.network() == 1 {
            world.row.primary_kind = kind;
            world.row.primary_publish_ts = NOW - 10;
            &mut world.primary
        } else {
            world.row.secondary_kind = kind;
            world.row.secondary_publish_ts = NOW - 10;
            &mut world.secondary
        };
        (mine.owner, mine.data) = (owner, self.data.clone());
        assert_eq!(world.verdict(), expected, "{:?}: {what}", self.kind);
    }
}

fn cases() -> impl Iterator<Item = Case<'static>> {
    ADAPTERS.iter().flat_map(|adapter| {
        adapter.kinds.iter().map(move |kind| Case { adapter, kind: *kind, data: (adapter.sound)() })
    })
}

#[test]
fn every_kind_has_one_row() {
    for kind in (1..=u8::MAX).map(SourceKind::from_u8).filter(|kind| *kind != SourceKind::None) {
        let rows = cases().filter(|case| case.kind == kind).count();
        assert_eq!(rows, 1, "{kind:?} in the table of adapters");
    }
}

#[test]
fn sound_accounts_give_the_price_and_a_good_verdict() {
    for case in cases() {
        let expected =
            Reading { price: Price(PRICE), confidence: Price(592_434), publish: UnixTime(1_800_000_000) };
        assert_eq!(case.judged(), Ok(expected), "{:?}", case.kind);
        case.lowers_the_verdict("sound", Verdict::Good);
    }
}

#[test]
fn every_other_owner_is_a_wrong_account() {
    let owners = (0..=8).map(|kind| SourceKind::from_u8(kind).owner().unwrap_or(crate::ID));
    for owner in owners.chain([Pubkey::default()]) {
        for case in cases().filter(|case| case.kind.owner() != Some(owner)) {
            assert_eq!(case.judged_as(owner), Err(Fault::WrongAccount), "{:?} of {owner}", case.kind);
        }
    }
}

#[test]
fn every_bit_of_its_identity_counts() {
    for case in cases() {
        for at in case.adapter.identity.iter().flat_map(|field| field.range()) {
            for bit in 0..8 {
                let wrong = case.with(|data| data[at] ^= 1 << bit);
                assert_eq!(wrong.judged(), Err(Fault::WrongAccount), "{:?}: bit {bit} of {at}", case.kind);
            }
        }
        case.with(|data| data[0] ^= 1).refuses("another discriminator", Fault::WrongAccount);
    }
}

#[test]
fn an_account_of_another_adapter_is_a_wrong_account() {
    for case in cases() {
        for other in ADAPTERS.iter().filter(|other| !other.kinds.contains(&case.kind)) {
            case.with(|data| *data = (other.sound)()).refuses("of another layout", Fault::WrongAccount);
        }
    }
}

#[test]
fn every_length_that_is_not_the_layouts_is_a_wrong_account() {
    for case in cases() {
        let longest = case.with(|data| data.resize(data.len() + 64, 0)).data;
        for len in 0..longest.len() {
            let cut = Case { data: longest[..len].to_vec(), ..case };
            let expected = (!(case.adapter.is_length)(len)).then_some(Fault::WrongAccount);
            assert_eq!(cut.judged().err(), expected, "{:?}: {len} bytes", case.kind);
        }
        case.with(|data| data.truncate(data.len() - 1)).refuses("cut by a byte", Fault::WrongAccount);
        case.with(Vec::clear).refuses("closed", Fault::WrongAccount);
        case.with(|data| data.fill(0)).refuses("zeroed", Fault::WrongAccount);
    }
}

#[test]
fn a_price_that_is_not_positive_is_a_bad_price() {
    for case in cases() {
        let price = case.adapter.price;
        let least = i128::MIN >> (128 - 8 * price.width);
        for value in [0, -1, -14_061_593_700, least] {
            case.with(|data| write(data, price, value)).refuses("not positive", Fault::BadPrice);
        }
    }
}

#[test]
fn an_exponent_out_of_range_is_a_bad_exponent() {
    for case in cases() {
        let Some((exponent, values)) = case.adapter.exponent else { continue };
        for value in values {
            let wrong = case.with(|data| write(data, exponent, *value));
            wrong.refuses("exponent", Fault::BadExponent);
        }
    }
}

#[test]
fn a_confidence_not_below_the_price_is_a_bad_confidence() {
    for case in cases() {
        let Adapter { price, confidence, .. } = *case.adapter;
        let same = signed(&case.data, price);
        let most = i128::MAX >> (128 - 8 * confidence.width);
        for value in [same, same + 1, most] {
            case.with(|data| write(data, confidence, value)).refuses("too wide", Fault::BadConfidence);
        }
        // All ones are the largest number where it is unsigned, and minus one where it is not: both are refused.
        case.with(|data| write(data, confidence, -1)).refuses("all ones", Fault::BadConfidence);
        let narrow = case.with(|data| write(data, confidence, same - 1));
        assert!(narrow.judged().is_ok(), "{:?}", case.kind);
    }
}

/// The clock says one second after the sound account's time; five seconds ahead are tolerated, thirty behind count, and
/// a reading from ten seconds before the clock was accepted.
#[test]
fn a_publish_time_outside_its_window_has_its_fault() {
    for case in cases() {
        let times = [
            (NOW + 6, Fault::FromFuture),
            (i64::MAX, Fault::FromFuture),
            (NOW - 11, Fault::Replayed),
            (NOW - 30, Fault::Replayed),
            (NOW - 31, Fault::TooOld),
            (0, Fault::TooOld),
            (i64::MIN, Fault::TooOld),
        ];
        let publish = case.adapter.publish;
        for (time, fault) in times {
            case.with(|data| write(data, publish, time.into())).refuses("time", fault);
        }
        for offset in [5, 0, -10] {
            let fine = case.with(|data| write(data, publish, i128::from(NOW + offset)));
            assert_eq!(fine.judged().map(|reading| reading.publish), Ok(UnixTime(NOW + offset)));
        }
    }
}

/// 3 % more than the other network says, where 2 % are allowed.
#[test]
fn a_price_that_contradicts_the_other_network_is_diverged() {
    for case in cases() {
        let price = case.adapter.price;
        let other = signed(&case.data, price) * 103 / 100;
        let high = case.with(|data| write(data, price, other));
        assert!(high.judged().is_ok());
        high.lowers_the_verdict("3 % more", Verdict::Diverged);
    }
}

#[test]
fn halted_shifted_and_self_written_accounts_have_their_fault() {
    let mut spoiled = [0; 3];
    for case in cases() {
        let Adapter { halted, shifted, authority, .. } = *case.adapter;
        let names = ["halted", "partially verified", "written by its authority"];
        for (index, spoil) in [halted, shifted, authority].into_iter().enumerate() {
            let Some((spoil, fault)) = spoil else { continue };
            case.with(spoil).refuses(names[index], fault);
            spoiled[index] += 1;
        }
    }
    // Three adapters know a halt, one a verification level, one an authority that writes; each has two kinds.
    assert_eq!(spoiled, [6, 2, 2]);
    assert_eq!(clock().unix_timestamp, NOW);
}
