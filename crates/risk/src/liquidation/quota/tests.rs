use super::{HalfTaken, Quota};
use crate::units::UnixTime;
use proptest::prelude::*;

fn quota(taken: HalfTaken, reading: i64) -> Quota {
    Quota::Half { taken, reading: UnixTime(reading) }
}

/// Takes up to `limit` of `needed` under the reading; what was taken, and what is remembered.
fn take(taken: HalfTaken, reading: i64, needed: u64, limit: u64) -> (u64, HalfTaken) {
    let quota = quota(taken, reading);
    let permitted = quota.permitted(needed, needed.div_ceil(2));
    let amount = permitted.min(limit);
    if amount == 0 {
        return (0, taken);
    }
    (amount, quota.after(permitted, amount).unwrap())
}

proptest! {
    /// However one reading is asked, and whatever older ones are shown in between, it takes half of what was needed at
    /// first, rounded up, and no more.
    #[test]
    fn one_reading_takes_half_in_all(
        needed: u64,
        calls in prop::collection::vec((any::<u64>(), 0u32..64, 0i64..3), 1..20),
    ) {
        let mut taken = HalfTaken { publish: UnixTime(9), left: 0 };
        let mut sum = 0u64;
        for (limit, shift, older) in calls {
            let limit = limit >> shift;
            // The first call brings the new reading; later ones repeat it or show one before it.
            let reading = if sum == 0 { 10 } else { 10 - older };
            let (amount, after) = take(taken, reading, needed - sum, limit);
            (sum, taken) = (sum + amount, after);
        }
        prop_assert!(sum <= needed.div_ceil(2));
    }

    /// What one caller leaves, the next one may have: small bites hold nobody else off.
    #[test]
    fn what_a_bite_leaves_stays_available(needed in 1u64.., bite in 1u64..) {
        let start = HalfTaken { publish: UnixTime(9), left: 0 };
        let (first, taken) = take(start, 10, needed, bite);
        let (second, _) = take(taken, 10, needed - first, u64::MAX);
        prop_assert_eq!(first + second, needed.div_ceil(2));
    }
}

/// 100 are needed. A reading at 10 permits 50: 20 of them, then the other 30, then none. 50 are needed still, and the
/// reading at 11 permits 25; the one at 10 none.
#[test]
fn quotas_follow_their_worked_example() {
    let (amount, taken) = take(HalfTaken::default(), 10, 100, 20);
    assert_eq!((amount, taken), (20, HalfTaken { publish: UnixTime(10), left: 30 }));
    let (amount, taken) = take(taken, 10, 80, 1_000);
    assert_eq!((amount, taken), (30, HalfTaken { publish: UnixTime(10), left: 0 }));
    assert_eq!(take(taken, 10, 50, 1_000).0, 0);
    assert_eq!(take(taken, 9, 50, 1_000).0, 0);
    assert_eq!(take(taken, 11, 50, 1_000).0, 25);
    // Less may be needed than a reading has left.
    let taken = HalfTaken { publish: UnixTime(10), left: 30 };
    assert_eq!(take(taken, 10, 7, 1_000), (7, HalfTaken { publish: UnixTime(10), left: 0 }));
}

#[test]
fn a_whole_quota_permits_everything_and_remembers_nothing() {
    assert_eq!(Quota::Whole.permitted(7, 4), 7);
    assert_eq!(Quota::Whole.after(7, 7), None);
}
