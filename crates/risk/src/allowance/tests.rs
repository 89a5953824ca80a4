use std::vec::Vec;

use proptest::prelude::*;

use super::*;

fn any_params() -> impl Strategy<Value = AllowanceParams> {
    (0u32..=1_000_000, 0u64..1 << 40, 0u32..41, 1u64..100_000).prop_map(|(share, min, shift, window)| {
        AllowanceParams { cap_share: Ppm(share), cap_atoms_min: min >> shift, window: Seconds(window) }
    })
}

fn any_atoms() -> impl Strategy<Value = u64> {
    (0u64..1 << 50, 0u32..51).prop_map(|(atoms, shift)| atoms >> shift)
}

fn any_allowance() -> impl Strategy<Value = Allowance> {
    any_atoms().prop_map(|used_atoms| Allowance { used_atoms, drained_atom_secs: 0, updated: UnixTime(0) })
}

#[derive(Clone, Debug)]
enum Event {
    Wait(i64),
    /// The base becomes another one, for whatever reason.
    Base(u64),
    /// Takes this part of the room, in 1/256.
    Charge(u64),
    Credit(u64),
}

fn any_event() -> impl Strategy<Value = Event> {
    prop_oneof![
        prop_oneof![0i64..10, 0i64..100_000, -10i64..0].prop_map(Event::Wait),
        any_atoms().prop_map(Event::Base),
        prop_oneof![Just(256u64), 0u64..=256].prop_map(Event::Charge),
        any_atoms().prop_map(Event::Credit),
    ]
}

/// What happened at one event: when, the net charge, and the largest cap that applied.
struct Entry {
    at: i64,
    net_atoms: i128,
    cap_atoms: u64,
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2048))]

    /// Between any two events: charges less what came back <= cap * (1 + T / window), with the largest cap in it,
    /// however the base changes meanwhile.
    #[test]
    fn what_is_taken_in_any_window_is_bounded(
        params in any_params(), events in prop::collection::vec(any_event(), 1..60),
    ) {
        let mut allowance = Allowance { updated: UnixTime(1_700_000_000), ..Allowance::default() };
        let (mut clock, mut base) = (allowance.updated.0, 0u64);
        let mut history: Vec<Entry> = Vec::new();
        for event in events {
            let mut net_atoms = 0i128;
            let mut cap_atoms = allowance.cap_atoms(&params, base).unwrap();
            match event {
                Event::Wait(seconds) => clock += seconds,
                Event::Base(atoms) => base = atoms,
                Event::Charge(part) => {
                    let room = allowance.room_floor(&params, base, UnixTime(clock)).unwrap();
                    let atoms = (u128::from(room.min(base)) * u128::from(part) / 256) as u64;
                    allowance = allowance.charge(&params, base, atoms, UnixTime(clock)).unwrap();
                    base -= atoms;
                    net_atoms = i128::from(atoms);
                }
                Event::Credit(atoms) => {
                    let before = allowance.drained(&params, base, UnixTime(clock)).unwrap();
                    allowance = allowance.credit(&params, base, atoms, UnixTime(clock)).unwrap();
                    net_atoms = i128::from(allowance.used_atoms) - i128::from(before.used_atoms);
                    prop_assert!(-net_atoms <= i128::from(atoms) && net_atoms <= 0);
                }
            }
            prop_assert!(allowance.drained_atom_secs < params.window.0);
            cap_atoms = cap_atoms.max(allowance.cap_atoms(&params, base).unwrap());
            history.push(Entry { at: allowance.updated.0, net_atoms, cap_atoms });
        }
        let window = i128::from(params.window.0);
        for from in 0..history.len() {
            let (mut sum, mut cap) = (0i128, 0i128);
            for entry in &history[from..] {
                sum += entry.net_atoms;
                cap = cap.max(i128::from(entry.cap_atoms));
                let elapsed = i128::from(entry.at - history[from].at);
                prop_assert!(sum * window <= cap * (window + elapsed), "{} atoms in {} s", sum, elapsed);
            }
        }
    }

    /// The room can be taken, and one atom more cannot.
    #[test]
    fn the_room_is_the_largest_charge(
        params in any_params(), allowance in any_allowance(), base in any_atoms(), wait in 0i64..200_000,
    ) {
        let now = UnixTime(wait);
        let room = allowance.room_floor(&params, base, now).unwrap();
        prop_assert!(allowance.charge(&params, base, room, now).is_ok());
        prop_assert_eq!(allowance.charge(&params, base, room + 1, now), Err(RiskError::DomainError));
    }

    #[test]
    fn charging_in_parts_is_charging_at_once(
        params in any_params(), allowance in any_allowance(), base in any_atoms(),
        parts in prop::collection::vec(0u64..=256, 1..10), wait in 0i64..200_000,
    ) {
        let now = UnixTime(wait);
        let (mut in_parts, mut left, mut total) = (allowance, base, 0u64);
        for part in parts {
            let room = in_parts.room_floor(&params, left, now).unwrap().min(left);
            let atoms = (u128::from(room) * u128::from(part) / 256) as u64;
            in_parts = in_parts.charge(&params, left, atoms, now).unwrap();
            (left, total) = (left - atoms, total + atoms);
        }
        prop_assert_eq!(allowance.charge(&params, base, total, now), Ok(in_parts));
        // What is left in parts is what is left after taking all of it at once.
        let room = allowance.room_floor(&params, base, now).unwrap();
        prop_assert_eq!(in_parts.room_floor(&params, left, now), Ok(room - total));
    }

    /// A charge that comes back in the same second leaves no trace.
    #[test]
    fn a_credit_undoes_a_charge(
        params in any_params(), allowance in any_allowance(), base in any_atoms(), part in 0u64..=256,
    ) {
        let now = UnixTime(1);
        let room = allowance.room_floor(&params, base, now).unwrap().min(base);
        let atoms = (u128::from(room) * u128::from(part) / 256) as u64;
        let charged = allowance.charge(&params, base, atoms, now).unwrap();
        let back = charged.credit(&params, base - atoms, atoms, now).unwrap();
        let drained = allowance.drained(&params, base, now).unwrap();
        prop_assert_eq!(back, drained);
        let emptied = charged.credit(&params, base - atoms, u64::MAX, now).unwrap();
        prop_assert_eq!(emptied, Allowance { updated: now, ..Allowance::default() });
    }

    /// With a constant cap the state after many looks is that after one.
    #[test]
    fn looking_often_changes_nothing(
        allowance in any_allowance(), cap in 1u64..1 << 40, shift in 0u32..40, window in 1u64..100_000,
        waits in prop::collection::vec(0i64..1_000, 1..30),
    ) {
        let cap_atoms_min = (cap >> shift).max(1);
        let params = AllowanceParams { cap_share: Ppm(0), cap_atoms_min, window: Seconds(window) };
        let at_once = allowance.drained(&params, 1, UnixTime(waits.iter().sum())).unwrap();
        let (mut clock, mut looked) = (0, allowance);
        for wait in waits {
            clock += wait;
            looked = looked.drained(&params, 1, UnixTime(clock)).unwrap();
        }
        prop_assert_eq!(looked, at_once);
    }

    /// Even if somebody looks every second and the base is next to nothing: one atom per window.
    #[test]
    fn nobody_waits_for_ever(share in 0u32..1_000, used in 0u64..5, window in 1u64..60, windows in 1u64..20) {
        let params = AllowanceParams { cap_share: Ppm(share), cap_atoms_min: 1, window: Seconds(window) };
        let mut allowance = Allowance { used_atoms: used, ..Allowance::default() };
        let mut taken = 0;
        for second in 0..=((used + windows) * window).cast_signed() {
            let now = UnixTime(second);
            let room = allowance.room_floor(&params, 1, now).unwrap().min(1);
            allowance = allowance.charge(&params, 1, room, now).unwrap();
            taken += room;
        }
        prop_assert!(taken >= windows);
    }

    #[test]
    fn a_clock_that_goes_back_drains_nothing(
        params in any_params(), allowance in any_allowance(), base in any_atoms(), back in 0i64..i64::MAX,
    ) {
        prop_assert_eq!(allowance.drained(&params, base, UnixTime(-back)), Ok(allowance));
        let room = allowance.room_floor(&params, base, UnixTime(0));
        prop_assert_eq!(allowance.room_floor(&params, base, UnixTime(-back)), room);
    }
}

/// A quarter of 1 000 atoms per 100 s. 250 are taken; after 40 s 100 of them drained; then 75 may follow, or 50 come back.
#[test]
fn an_allowance_follows_its_worked_example() {
    let params = AllowanceParams { cap_share: Ppm(250_000), cap_atoms_min: 5, window: Seconds(100) };
    let empty = Allowance::default();
    assert_eq!(empty.room_floor(&params, 1_000, UnixTime(0)), Ok(250));
    let used = empty.charge(&params, 1_000, 250, UnixTime(0)).unwrap();
    // Base 750 and used 250 still make a cap of 250, of which 100 drain in 40 s: the cap is then 25 % of 900 = 225.
    assert_eq!(used.room_floor(&params, 750, UnixTime(40)), Ok(225 - 150));
    let credited = used.credit(&params, 750, 50, UnixTime(40)).unwrap();
    assert_eq!((credited.used_atoms, credited.updated), (100, UnixTime(40)));
    assert_eq!(used.charge(&params, 750, 76, UnixTime(40)), Err(RiskError::DomainError));
}

#[test]
fn ends_of_the_number_range_saturate_or_are_refused() {
    let params = AllowanceParams { cap_share: Ppm(u32::MAX), cap_atoms_min: u64::MAX, window: Seconds(1) };
    let full = Allowance { used_atoms: u64::MAX, drained_atom_secs: 0, updated: UnixTime(i64::MIN) };
    assert_eq!(full.room_floor(&params, u64::MAX, UnixTime(i64::MIN)), Ok(0));
    assert_eq!(full.room_floor(&params, u64::MAX, UnixTime(i64::MAX)), Ok(u64::MAX));
    assert_eq!(full.charge(&params, u64::MAX, 1, UnixTime(i64::MIN)), Err(RiskError::DomainError));
    let stopped = AllowanceParams { window: Seconds(0), ..params };
    assert_eq!(full.drained(&stopped, 1, UnixTime(0)), Err(RiskError::DivisionByZero));
    assert_eq!(full.charge(&stopped, 1, 0, UnixTime(0)), Err(RiskError::DivisionByZero));
    // A share above one counts as one: no more than there is.
    let whole = AllowanceParams { cap_share: Ppm(2_000_000), cap_atoms_min: 0, window: Seconds(1) };
    assert_eq!(Allowance::default().room_floor(&whole, 1_000, UnixTime(0)), Ok(1_000));
    // A cap that fell below what is used admits nothing but nothing.
    let lowered = AllowanceParams { cap_share: Ppm(0), cap_atoms_min: 10, window: Seconds(10) };
    let used = Allowance { used_atoms: 30, ..Allowance::default() };
    assert_eq!(used.charge(&lowered, 100, 0, UnixTime(0)), Ok(used));
    assert_eq!(used.charge(&lowered, 100, 1, UnixTime(0)), Err(RiskError::DomainError));
}
