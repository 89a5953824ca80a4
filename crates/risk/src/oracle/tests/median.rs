//! Three sources, of which two may belong to one network.

use std::vec::Vec;

use super::*;

const PYTH: u8 = 1;
const SWITCHBOARD: u8 = 2;
const OTHER: u8 = 3;

fn source(network: u8, price: u64) -> Source {
    Source { network, reading: Ok(reading(price, 50)) }
}

fn silent(network: u8) -> Source {
    Source { network, reading: Err(Fault::TooOld) }
}

fn verdict_and_price(sources: &[Source]) -> (Verdict, u64) {
    let assessment = combine_sources(sources, &limits());
    (assessment.verdict, assessment.price.0)
}

fn any_source() -> impl Strategy<Value = Source> {
    let reading = (0u64..100_000, 0u64..12_000, 0i64..20).prop_map(|(extra, band, ago)| Reading {
        price: Price(950_000 + extra),
        confidence: Price(band),
        publish: seconds_ago(ago),
    });
    let reading = prop_oneof![4 => reading.prop_map(Ok), 1 => Just(Err(Fault::Halted))];
    (1u8..=3, reading).prop_map(|(network, reading)| Source { network, reading })
}

/// What a source may be: agreeing at 1 000 000, off on either side by more than 2 %, or unusable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Agrees,
    High,
    Low,
    Fault,
}

const KINDS: [Kind; 4] = [Kind::Agrees, Kind::High, Kind::Low, Kind::Fault];

impl Kind {
    fn source(self, network: u8) -> Source {
        match self {
            Kind::Agrees => source(network, 1_000_000),
            Kind::High => source(network, 1_100_000),
            Kind::Low => source(network, 900_000),
            Kind::Fault => silent(network),
        }
    }
}

/// The table written as sentences about which sources stand together; the code under test counts instead.
fn expected(kinds: [Kind; 3], networks: [u8; 3]) -> (Verdict, u64) {
    let usable: Vec<usize> = (0..3).filter(|index| kinds[*index] != Kind::Fault).collect();
    let price = |index: usize| price_of(kinds[index]);
    let is_pair = |one: usize, other: usize| kinds[one] == kinds[other];
    match usable[..] {
        [] => (Verdict::Dead, 0),
        [only] => (Verdict::SingleSource, price(only)),
        // The third is unusable: two that agree are good if they are of two networks.
        [one, other] if !is_pair(one, other) => (Verdict::Diverged, 0),
        [one, other] if networks[one] != networks[other] => (Verdict::Good, price(one)),
        [one, _] => (Verdict::SingleSource, price(one)),
        _ => {
            let pair = [(0, 1), (0, 2), (1, 2)].into_iter().find(|(one, other)| is_pair(*one, *other));
            // Three different prices confirm nothing.
            let Some((one, other)) = pair else { return (Verdict::Diverged, 0) };
            let third = 3 - one - other;
            let all_agree = is_pair(one, third);
            let is_one_network = networks[one] == networks[other];
            let is_one_network_of_all = is_one_network && networks[one] == networks[third];
            match (all_agree, is_one_network) {
                (true, _) if is_one_network_of_all => (Verdict::SingleSource, price(one)),
                (true, _) | (false, false) => (Verdict::Good, price(one)),
                // Two of one network never decide against another, nor against a third of their own.
                (false, true) => (Verdict::Diverged, 0),
            }
        }
    }
}

fn price_of(kind: Kind) -> u64 {
    kind.source(0).reading.map_or(0, |reading| reading.price.0)
}

/// 4^3 kinds of sources times 27 assignments of three networks: 1 728 rows.
#[test]
fn the_table_of_three_sources_is_this() {
    let (mut rows, mut verdicts) = (0, [0; 6]);
    for kinds in KINDS.iter().flat_map(|a| KINDS.iter().map(move |b| (a, b))) {
        for third in KINDS {
            let kinds = [*kinds.0, *kinds.1, third];
            for number in 0..27u8 {
                let networks = [1 + number / 9, 1 + number / 3 % 3, 1 + number % 3];
                let sources = [0, 1, 2].map(|index: usize| kinds[index].source(networks[index]));
                let result = verdict_and_price(&sources);
                assert_eq!(result, expected(kinds, networks), "{kinds:?} of networks {networks:?}");
                rows += 1;
                verdicts[result.0 as usize] += 1;
            }
        }
    }
    assert_eq!(rows, 1_728);
    // Neither Unknown nor Uncertain can come out; each of the others does. Dead: 27 times three faults.
    assert_eq!((verdicts[0], verdicts[3], verdicts[5]), (0, 0, 27));
    assert!(verdicts[1] > 0 && verdicts[2] > 0 && verdicts[4] > 0);
}

#[test]
fn two_feeds_of_one_network_never_outvote_another_network() {
    for order in [[0, 1, 2], [1, 0, 2], [1, 2, 0]] {
        let all = [source(PYTH, 1_000_000), source(SWITCHBOARD, 1_030_000), source(SWITCHBOARD, 1_030_000)];
        assert_eq!(verdict_and_price(&order.map(|index: usize| all[index])), (Verdict::Diverged, 0));
    }
}

#[test]
fn any_one_of_three_may_be_off_and_the_price_stays_between_the_others() {
    for off in [1, 900_000, 1_030_000, u64::MAX] {
        let third = [source(PYTH, 1_000_000), source(SWITCHBOARD, 1_004_000), source(SWITCHBOARD, off)];
        // The median of the three is the one of the two that is nearer to the third.
        let median = if off < 1_000_000 { 1_000_000 } else { 1_004_000 };
        assert_eq!(verdict_and_price(&third), (Verdict::Good, median), "{off}");
        let secondary = [third[0], third[2], third[1]];
        assert_eq!(verdict_and_price(&secondary), (Verdict::Good, median), "{off}");
        // The primary may be the one, if the third belongs to its network or to another one than the secondary's.
        for network in [PYTH, OTHER] {
            let primary = [source(PYTH, off), source(SWITCHBOARD, 1_000_000), source(network, 1_004_000)];
            assert_eq!(verdict_and_price(&primary), (Verdict::Good, median), "{off}");
        }
    }
}

/// One network whose own feeds contradict each other has not answered: half a liquidation at either price is too much.
#[test]
fn one_network_that_contradicts_itself_is_no_single_source() {
    let feeds = [silent(PYTH), source(SWITCHBOARD, 1_000_000), source(SWITCHBOARD, 1_030_000)];
    assert_eq!(verdict_and_price(&feeds), (Verdict::Diverged, 0));
    let feeds = [silent(PYTH), source(SWITCHBOARD, 1_000_000), source(SWITCHBOARD, 1_009_000)];
    assert_eq!(verdict_and_price(&feeds), (Verdict::SingleSource, 1_000_000));
}

/// 2 % of 1 000 000 is 20 000; downward 2 % of 980 393 is 19 607.
#[test]
fn the_deviation_bound_is_measured_from_the_median() {
    let verdict = |primary, secondary| {
        verdict_and_price(&[source(PYTH, primary), source(SWITCHBOARD, secondary), source(OTHER, 1_000_000)])
    };
    assert_eq!(verdict(980_393, 1_020_000).0, Verdict::Uncertain);
    assert_eq!(verdict(980_393, 1_020_001).0, Verdict::Uncertain);
    assert_eq!(verdict(980_392, 1_020_000).0, Verdict::Uncertain);
    assert_eq!(verdict(980_392, 1_020_001), (Verdict::Diverged, 0));
}

/// The band covers the sources that agree, not the one that is off.
#[test]
fn confidence_covers_only_the_agreeing_sources() {
    let with = |price, band, network| Source { network, reading: Ok(reading(price, band)) };
    let near =
        [with(1_000_000, 100, PYTH), with(1_003_000, 200, SWITCHBOARD), with(2_000_000, 900_000, PYTH)];
    let assessment = combine_sources(&near, &limits());
    assert_eq!((assessment.price, assessment.confidence), (Price(1_003_000), Price(3_000)));
    let banded = [with(1_000_000, 5_000, PYTH), near[1], near[2]];
    assert_eq!(combine_sources(&banded, &limits()).confidence, Price(5_000));
    // 1 % of 1 003 000 is 10 030.
    let wide = [with(1_000_000, 10_031, PYTH), near[1], near[2]];
    let assessment = combine_sources(&wide, &limits());
    assert_eq!((assessment.verdict, assessment.confidence), (Verdict::Uncertain, Price(10_030)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_096))]

    #[test]
    fn two_networks_are_combined_as_without_a_third(
        first in prop::option::of(any_reading()), second in prop::option::of(any_reading()),
        near in near_readings(), is_near: bool, limits in any_limits(),
    ) {
        let judged = |reading: Option<Reading>| reading.ok_or(Fault::TooOld);
        let (first, second) =
            if is_near { (Ok(near.0), Ok(near.1)) } else { (judged(first), judged(second)) };
        let pair = [Source { network: PYTH, reading: first }, Source { network: SWITCHBOARD, reading: second }];
        let expected = combine(first, second, &limits);
        prop_assert_eq!(combine_sources(&pair, &limits), expected);
        // An unusable third changes nothing, wherever it stands.
        for at in 0..3 {
            let mut three = pair.to_vec();
            three.insert(at, silent(SWITCHBOARD));
            prop_assert_eq!(combine_sources(&three, &limits), expected);
        }
    }

    /// Whatever one source says, the price stays between those of the other two, if both are usable.
    #[test]
    fn no_source_moves_the_price_beyond_the_other_two(
        sources in prop::array::uniform3(any_source()), rogue in prop_oneof![0u64..2_000_000, any::<u64>()],
        at in 0usize..3,
    ) {
        let mut sources = sources;
        sources[at].reading = Ok(reading(rogue.max(1), 0));
        let assessment = combine_sources(&sources, &limits());
        let others: Vec<u64> = (0..3)
            .filter(|index| *index != at)
            .filter_map(|index| sources[index].reading.ok())
            .map(|reading| reading.price.0)
            .collect();
        if let ([one, other], true) = (&others[..], assessment.verdict.has_price()) {
            prop_assert!((*one.min(other)..=*one.max(other)).contains(&assessment.price.0));
        }
    }

    #[test]
    fn a_good_price_is_confirmed_by_two_networks_and_any_other_is_not(
        sources in prop::array::uniform3(any_source()), limits in any_limits(),
    ) {
        let assessment = combine_sources(&sources, &limits);
        let bound = u128::from(limits.deviation_max.0);
        // A reading's price within the bound of another's, in integers: |p - q| * 10^6 <= min(p, q) * bound.
        let agrees = |one: u64, other: u64| {
            u128::from(one.abs_diff(other)) * 1_000_000 <= u128::from(one.min(other)) * bound
        };
        let mut prices: Vec<u64> = sources.iter().filter_map(|s| s.reading.ok()).map(|r| r.price.0).collect();
        let Some(first) = prices.first().copied() else {
            prop_assert_eq!(assessment.verdict, Verdict::Dead);
            return Ok(());
        };
        prices.sort_unstable();
        let risk = if prices.len() == 3 { prices[1] } else { first };
        let mut networks: Vec<u8> = sources
            .iter()
            .filter(|source| source.reading.is_ok_and(|reading| agrees(reading.price.0, risk)))
            .map(|source| source.network)
            .collect();
        networks.sort_unstable();
        networks.dedup();
        let is_whole = prices.iter().all(|price| agrees(*price, risk));
        let has_price = networks.len() >= 2 || is_whole;
        prop_assert_eq!(assessment.verdict.has_price(), has_price);
        prop_assert_eq!(assessment.price.0, if has_price { risk } else { 0 });
        let is_good = assessment.verdict == Verdict::Good;
        prop_assert!(!is_good || networks.len() >= 2);
        prop_assert!(assessment.verdict != Verdict::SingleSource || networks.len() == 1);
    }

    /// Which source stands first decides among equals only.
    #[test]
    fn three_usable_sources_give_one_price_in_any_order(
        sources in prop::array::uniform3(any_source()), limits in any_limits(), swap in 0usize..3,
    ) {
        let sources = sources.map(|source| Source {
            reading: Ok(source.reading.unwrap_or(reading(1_000_000, 70))),
            ..source
        });
        let mut others = sources;
        others.swap(swap, (swap + 1) % 3);
        let (one, other) = (combine_sources(&sources, &limits), combine_sources(&others, &limits));
        prop_assert_eq!((one.verdict, one.price, one.confidence), (other.verdict, other.price, other.confidence));
    }
}
