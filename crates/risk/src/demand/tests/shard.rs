use std::vec;
use std::vec::Vec;

use proptest::prelude::*;

use crate::demand::{DemandShard, DemandSide, Distance, Place, Registration, Window, BINS};
use crate::units::Side;
use crate::RiskError;

/// A shard as an account holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Stored {
    epoch: u16,
    bins: [[u64; BINS]; 2],
    far: [u64; 2],
    stale: [u64; 2],
}

impl Stored {
    const EMPTY: Stored = Stored { epoch: 0, bins: [[0; BINS]; 2], far: [0; 2], stale: [0; 2] };

    fn shard(&mut self) -> DemandShard<'_> {
        let [long_bins, short_bins] = &mut self.bins;
        let [long_far, short_far] = &mut self.far;
        let [long_stale, short_stale] = &mut self.stale;
        DemandShard {
            epoch: &mut self.epoch,
            sides: [
                DemandSide { bins: long_bins, far: long_far, stale: long_stale },
                DemandSide { bins: short_bins, far: short_far, stale: short_stale },
            ],
        }
    }
}

/// The sums that stored registrations make, where the shard was last touched in this window.
fn model(accounts: &[Option<Registration>], window: Window) -> Stored {
    let mut sums = Stored { epoch: window.epoch, ..Stored::EMPTY };
    for registration in accounts.iter().flatten() {
        let side = if registration.side == Side::Long { 0 } else { 1 };
        if registration.epoch != window.epoch {
            sums.stale[side] += registration.units;
        } else if registration.place == Place::Far {
            sums.far[side] += registration.units;
        } else {
            let slot = i32::from(registration.bin) - (i32::from(window.anchor) - 64);
            sums.bins[side][usize::try_from(slot).unwrap()] += registration.units;
        }
    }
    sums
}

#[derive(Clone, Debug)]
struct Step {
    account: usize,
    is_long: bool,
    units: u64,
    bins: u8,
    is_never: bool,
    price_step: i16,
}

fn any_step() -> impl Strategy<Value = Step> {
    let price_step = prop_oneof![6 => -3i16..=3, 1 => -40i16..=40];
    (0usize..24, any::<bool>(), prop_oneof![1 => Just(0), 4 => 1u64..1 << 52], 0u8..128, 0u8..8, price_step)
        .prop_map(|(account, is_long, units, bins, never, price_step)| Step {
            account,
            is_long,
            units,
            bins,
            is_never: never == 0,
            price_step,
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn the_sums_are_those_of_the_stored_registrations_whatever_happens(
        steps in prop::collection::vec(any_step(), 1..200),
    ) {
        let mut stored = Stored::EMPTY;
        let mut accounts: Vec<Option<Registration>> = vec![None; 24];
        let (mut window, mut price_bin) = (Window { anchor: 50, epoch: 0 }, 50i16);
        for step in steps {
            price_bin += step.price_step;
            window = window.followed(price_bin);
            let side = if step.is_long { Side::Long } else { Side::Short };
            let away = if step.is_never { Distance::Far } else { Distance::Bins(step.bins) };
            let new = window.registration(side, step.units, price_bin, away);
            let mut shard = stored.shard().entered(window).unwrap();
            let account = &mut accounts[step.account];
            match (*account, step.units) {
                (None, _) => { shard.register(&new).unwrap(); *account = Some(new); }
                (Some(old), 0) => { shard.remove(&old).unwrap(); *account = None; }
                (Some(old), _) => { shard.replace(&old, &new).unwrap(); *account = Some(new); }
            }
            prop_assert_eq!(&stored, &model(&accounts, window));
        }
    }

    #[test]
    fn what_was_not_registered_cannot_be_removed_and_the_attempt_changes_nothing(
        units in 0u64..1 << 52, more in 1u64..1 << 52, bins in 0u8..128, place in 0u8..3, is_long in any::<bool>(),
    ) {
        let side = if is_long { Side::Long } else { Side::Short };
        let window = Window { anchor: 0, epoch: 1 };
        let away = if place == 1 { Distance::Far } else { Distance::Bins(bins) };
        let mut held = window.registration(side, units, 0, away);
        let mut stored = Stored { epoch: 1, ..Stored::EMPTY };
        let now = if place == 2 { window.followed(40) } else { window };
        stored.shard().entered(window).unwrap().register(&held).unwrap();
        stored.shard().entered(now).unwrap();
        let before = stored.clone();
        held.units += more;
        let mut shard = stored.shard().entered(now).unwrap();
        let new = now.registration(side.opposite(), 9, now.anchor, Distance::Bins(3));
        prop_assert_eq!(shard.remove(&held), Err(RiskError::DomainError));
        prop_assert_eq!(shard.replace(&held, &new), Err(RiskError::DomainError));
        // Nor is it on the other side.
        held.side = side.opposite();
        prop_assert_eq!(shard.remove(&held), Err(RiskError::DomainError));
        prop_assert_eq!(stored, before);
    }
}

#[test]
fn a_refused_replacement_leaves_the_old_registration() {
    let window = Window { anchor: 0, epoch: 0 };
    let mut stored = Stored::EMPTY;
    let old = window.registration(Side::Long, 7, 0, Distance::Bins(3));
    let full = window.registration(Side::Long, u64::MAX, 0, Distance::Bins(4));
    let new = window.registration(Side::Long, 1, 0, Distance::Bins(4));
    let mut shard = stored.shard().entered(window).unwrap();
    shard.register(&old).unwrap();
    shard.register(&full).unwrap();
    assert_eq!(shard.replace(&old, &new), Err(RiskError::Overflow));
    // A registration of another epoch is none for this window.
    let other = Registration { epoch: 1, ..new };
    assert_eq!(shard.replace(&old, &other), Err(RiskError::DomainError));
    // Bins -3 and -4 are slots 61 and 60.
    assert_eq!((stored.bins[0][61], stored.bins[0][60]), (7, u64::MAX));
    // 7 + (2^64 - 1) do not fit the stale scalar.
    let before = stored.clone();
    assert_eq!(stored.shard().entered(Window { anchor: 40, epoch: 1 }).unwrap_err(), RiskError::Overflow);
    assert_eq!(stored, before);
}
