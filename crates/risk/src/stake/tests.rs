use std::vec::Vec;

use proptest::prelude::*;

use super::*;
use crate::math::reference::{big, Big};

fn any_atoms() -> impl Strategy<Value = u64> {
    (1u64..1 << 44, 0u32..44).prop_map(|(atoms, shift)| (atoms >> shift).max(1))
}

/// Pools after any history: much more or much less than 1 000 shares per atom.
fn any_pool() -> impl Strategy<Value = SharePool> {
    (0u64..1 << 54, 0u32..54, 0u64..1 << 44, 0u32..45)
        .prop_map(|(shares, a, atoms, b)| SharePool { total_shares: shares >> a, balance_atoms: atoms >> b })
}

/// Atoms per share, exactly.
fn price(pool: &SharePool) -> Big {
    big(u128::from(pool.balance_atoms) + 1) / big(u128::from(pool.total_shares) + 1_000)
}

/// True if a share is worth at least as much in `after` as in `before`, by cross-multiplication.
fn is_no_cheaper(before: &SharePool, after: &SharePool) -> bool {
    let atoms = |pool: &SharePool| u128::from(pool.balance_atoms) + 1;
    let shares = |pool: &SharePool| u128::from(pool.total_shares) + 1_000;
    atoms(after) * shares(before) >= atoms(before) * shares(after)
}

fn leave(pool: &SharePool, shares: u64) -> (SharePool, u64) {
    pool.exit(&pool.request_exit(shares).unwrap()).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn a_deposit_and_its_exit_never_gain(pool in any_pool(), atoms in any_atoms()) {
        if let Ok((after, shares)) = pool.deposit(atoms) {
            prop_assert!(is_no_cheaper(&pool, &after));
            let (left, back) = leave(&after, shares);
            prop_assert!(back <= atoms);
            prop_assert!(is_no_cheaper(&after, &left));
            // Less than a share, which rounding takes at the deposit, and less than an atom at the exit.
            prop_assert!(big(atoms - back) < price(&pool) + big(2));
        }
    }

    /// Shares and values are the floors of the exact quotients.
    #[test]
    fn shares_and_values_are_floors(pool in any_pool(), atoms in any_atoms(), shares in any_atoms()) {
        let all = (u128::from(pool.total_shares) + 1_000, u128::from(pool.balance_atoms) + 1);
        let expected = u128::from(atoms) * all.0 / all.1;
        let got = pool.shares_for_deposit_floor(atoms);
        prop_assert_eq!(got, u64::try_from(expected).map_err(|_| RiskError::Overflow));
        let expected = u128::from(shares) * all.1 / all.0;
        let got = pool.atoms_for_shares_floor(shares);
        prop_assert_eq!(got, u64::try_from(expected).map_err(|_| RiskError::Overflow));
    }

    /// What shares cost buys them, and an atom less does not.
    #[test]
    fn the_cost_of_shares_is_the_least_deposit_that_buys_them(pool in any_pool(), shares in any_atoms()) {
        if let Ok(cost) = pool.cost_of_shares_ceil(shares) {
            // cost * S >= shares * B, and not with one atom less.
            let all = (u128::from(pool.total_shares) + 1_000, u128::from(pool.balance_atoms) + 1);
            prop_assert!(u128::from(cost) * all.0 >= u128::from(shares) * all.1);
            prop_assert!(u128::from(cost - 1) * all.0 < u128::from(shares) * all.1);
        }
    }

    /// Whoever takes a request back keeps all shares after a loss, and after a gain no more than are worth what leaving
    /// would have paid: staying out of harm's way and coming back must not be better than staying.
    #[test]
    fn a_request_taken_back_keeps_no_gain(
        pool in any_pool(), part in 0u64..=256, gain in prop_oneof![Just(0u64), any_atoms()], lost in 0u32..=1_000_000,
    ) {
        let shares = (u128::from(pool.total_shares) * u128::from(part) / 256) as u64;
        let request = pool.request_exit(shares).unwrap();
        let balance = pool.balance_atoms - (u128::from(pool.balance_atoms) * u128::from(lost) / 1_000_000) as u64;
        let later = SharePool { balance_atoms: balance + gain, ..pool };
        let kept = later.kept_shares_floor(&request).unwrap();
        prop_assert!(kept <= shares);
        // A share's worth by exact quotients: shares * B / S, of what is there now.
        let worth = |atoms: u64| u128::from(shares) * (u128::from(atoms) + 1) / (u128::from(pool.total_shares) + 1_000);
        if worth(later.balance_atoms) <= worth(pool.balance_atoms) {
            prop_assert_eq!(kept, shares);
            return Ok(());
        }
        // It leaves with what it asked for, and comes back to a pool of all others.
        let paid = worth(pool.balance_atoms);
        let others = (
            u128::from(later.total_shares - shares) + 1_000,
            u128::from(later.balance_atoms) - paid + 1,
        );
        prop_assert_eq!(u128::from(kept), (paid * others.0 / others.1).min(u128::from(shares)));
        let after = SharePool { total_shares: later.total_shares - (shares - kept), ..later };
        prop_assert!(is_no_cheaper(&later, &after));
        prop_assert!(u128::from(after.atoms_for_shares_floor(kept).unwrap()) <= paid + 1, "kept a gain");
    }

    /// An attacker stakes first, donates to make shares expensive, and leaves after a victim staked. It never gains.
    /// The victim loses less than one share and one atom, which is at most 1/999 of the attacker's loss and two atoms.
    #[test]
    fn inflating_the_price_of_a_share_never_pays(
        stake in any_atoms(), donation in prop_oneof![Just(0u64), any_atoms()], victim in any_atoms(),
        returns in any::<bool>(),
    ) {
        let (pool, shares) = SharePool::default().deposit(stake).unwrap();
        let inflated = SharePool { balance_atoms: pool.balance_atoms + donation, ..pool };
        let share = price(&inflated);
        // A stake that buys nothing is refused, and the victim keeps it.
        let Ok((staked, victim_shares)) = inflated.deposit(victim) else {
            prop_assert!(big(victim) < share);
            return Ok(());
        };
        // The attacker leaves before or after the victim.
        let (attacker_back, victim_back) = if returns {
            let (pool, first) = leave(&staked, shares);
            (first, leave(&pool, victim_shares).1)
        } else {
            let (pool, first) = leave(&staked, victim_shares);
            (leave(&pool, shares).1, first)
        };
        prop_assert!(attacker_back <= stake + donation, "gained {}", attacker_back - stake - donation);
        let (attacker_loss, victim_loss) = (stake + donation - attacker_back, victim.saturating_sub(victim_back));
        prop_assert!(big(victim_loss) < share + big(1));
        prop_assert!(victim_loss.saturating_sub(2) * 999 <= attacker_loss + 1);
    }

    /// n stakers, a donation, then losses: shares of the donation and of the loss are proportional to the stakes, each
    /// within the price of a share and an atom.
    #[test]
    fn donations_and_losses_are_proportional(
        stakes in prop::collection::vec(1u64..1 << 40, 1..8), donation in 0u64..1 << 40, loss in 0u32..=1_000_000,
    ) {
        let mut pool = SharePool::default();
        let mut shares = Vec::new();
        for stake in &stakes {
            let (after, bought) = pool.deposit(*stake).unwrap();
            pool = after;
            shares.push(bought);
        }
        let total: u64 = stakes.iter().sum();
        pool.balance_atoms += donation;
        pool.balance_atoms -= (u128::from(pool.balance_atoms) * u128::from(loss) / 1_000_000) as u64;
        for (stake, shares) in stakes.iter().zip(&shares) {
            let value = pool.atoms_for_shares_floor(*shares).unwrap();
            // What the virtual atom takes is 1 / (total + 1) of the balance.
            let fair = big(*stake) * big(u128::from(pool.balance_atoms) + 1) / big(u128::from(total) + 1);
            prop_assert!(big(value) <= fair);
            let worth = pool.atoms_for_shares_floor(1_000).unwrap() + 2;
            prop_assert!(big(value) + big(worth) > fair, "{} of {}", value, fair);
        }
    }

    /// Whatever happens, the sum of what everybody can take is at most the balance, and everybody can take it.
    #[test]
    fn all_holders_together_can_take_no_more_than_the_balance(
        stakes in prop::collection::vec(any_atoms(), 1..8), donation in any_atoms(),
        lost in prop_oneof![Just(1_000_000u32), 0u32..=1_000_000],
    ) {
        let mut pool = SharePool::default();
        let mut shares = Vec::new();
        for stake in stakes {
            if let Ok((after, bought)) = pool.deposit(stake) {
                pool = after;
                shares.push(bought);
            }
        }
        pool.balance_atoms += donation;
        pool.balance_atoms -= (u128::from(pool.balance_atoms) * u128::from(lost) / 1_000_000) as u64;
        let promised: u64 = shares.iter().map(|shares| pool.atoms_for_shares_floor(*shares).unwrap()).sum();
        prop_assert!(promised <= pool.balance_atoms);
        let mut rest = pool;
        for held in &shares {
            let promised = pool.atoms_for_shares_floor(*held).unwrap();
            let (after, atoms) = leave(&rest, *held);
            prop_assert!(atoms >= promised, "an earlier exit took from a later one");
            prop_assert!(is_no_cheaper(&rest, &after));
            rest = after;
        }
        prop_assert_eq!(rest.total_shares, 0);
    }

    /// A loss during the cooldown hits who leaves and who stays in the same proportion.
    #[test]
    fn losses_hit_leaving_and_remaining_stake_alike(
        leaving in 1u64..1 << 40, staying in 1u64..1 << 40, loss in 0u32..=1_000_000,
    ) {
        let (pool, left) = SharePool::default().deposit(leaving).unwrap();
        let (mut pool, stayed) = pool.deposit(staying).unwrap();
        let request = pool.request_exit(left).unwrap();
        pool.balance_atoms -= (u128::from(pool.balance_atoms) * u128::from(loss) / 1_000_000) as u64;
        let atoms = pool.exit_atoms_floor(&request).unwrap();
        prop_assert_eq!(atoms, pool.atoms_for_shares_floor(left).unwrap().min(request.atoms_at_request));
        // Per share, by cross-multiplication: each is rounded down by less than an atom.
        let others = pool.atoms_for_shares_floor(stayed).unwrap();
        let (a, b) = (u128::from(atoms) * u128::from(stayed), u128::from(others) * u128::from(left));
        prop_assert!(a < b + u128::from(left) && b <= a + u128::from(stayed) * 2);
    }

    /// What is earned during the cooldown stays with those who stay.
    #[test]
    fn a_leaving_stake_earns_nothing_and_the_surplus_stays(
        leaving in 1u64..1 << 40, staying in 1u64..1 << 40, earned in 1u64..1 << 40,
    ) {
        let (pool, left) = SharePool::default().deposit(leaving).unwrap();
        let (mut pool, stayed) = pool.deposit(staying).unwrap();
        let request = pool.request_exit(left).unwrap();
        pool.balance_atoms += earned;
        let before = pool.atoms_for_shares_floor(stayed).unwrap();
        let surplus = pool.atoms_for_shares_floor(left).unwrap() - request.atoms_at_request;
        let (after, atoms) = pool.exit(&request).unwrap();
        prop_assert_eq!(atoms, request.atoms_at_request);
        prop_assert_eq!(after.balance_atoms, pool.balance_atoms - atoms);
        // Those who stay own all but 1 000 of the shares that are left.
        let gained = after.atoms_for_shares_floor(stayed).unwrap() - before;
        let share = big(stayed) / big(stayed + 1_000);
        prop_assert!(big(gained) + big(1) > big(surplus) * share.clone());
        prop_assert!(big(gained) < big(surplus + 1) * share + big(1));
    }

    /// Without earnings in the cooldown nobody gains or loses more than an atom per exit by the order of exits.
    #[test]
    fn the_order_of_exits_does_not_matter(
        stakes in prop::collection::vec(any_atoms(), 2..6), loss in 0u32..=1_000_000, seed: usize,
    ) {
        let mut pool = SharePool::default();
        let mut shares = Vec::new();
        for stake in stakes {
            let (after, bought) = pool.deposit(stake).unwrap();
            pool = after;
            shares.push(bought);
        }
        let requests: Vec<ExitRequest> = shares.iter().map(|s| pool.request_exit(*s).unwrap()).collect();
        pool.balance_atoms -= (u128::from(pool.balance_atoms) * u128::from(loss) / 1_000_000) as u64;
        let take = |order: &[usize]| {
            let (mut rest, mut taken) = (pool, std::vec![0u64; order.len()]);
            for who in order {
                let (after, atoms) = rest.exit(&requests[*who]).unwrap();
                (rest, taken[*who]) = (after, atoms);
            }
            taken
        };
        let forward: Vec<usize> = (0..requests.len()).collect();
        let mut other: Vec<usize> = forward.iter().rev().copied().collect();
        other.rotate_left(seed % requests.len());
        let count = requests.len() as u64;
        for (first, second) in take(&forward).into_iter().zip(take(&other)) {
            prop_assert!(first.abs_diff(second) <= count, "{} or {}", first, second);
        }
    }
}

/// 100 atoms make 100 000 shares. 100 more arrive by themselves: floor(201 * 100 000 / 101 000) = 199 for the staker,
/// the rest is nobody's. Half of 200 is lost: floor(101 * 100 000 / 101 000) = 100.
#[test]
fn a_pool_follows_its_worked_example() {
    let (pool, shares) = SharePool::default().deposit(100).unwrap();
    assert_eq!((pool.total_shares, pool.balance_atoms, shares), (100_000, 100, 100_000));
    let rich = SharePool { balance_atoms: 200, ..pool };
    assert_eq!(rich.atoms_for_shares_floor(shares), Ok(199));
    let request = rich.request_exit(shares).unwrap();
    assert_eq!(request, ExitRequest { shares: 100_000, atoms_at_request: 199 });
    let poor = SharePool { balance_atoms: 100, ..pool };
    assert_eq!(poor.exit(&request), Ok((SharePool::default(), 100)));
    // 300 now, but 199 were promised and 101 stay.
    let richer = SharePool { balance_atoms: 300, ..pool };
    assert_eq!(richer.exit(&request), Ok((SharePool { total_shares: 0, balance_atoms: 101 }, 199)));
}

/// The classic attack: stake 1 atom, donate 10^6, let a victim stake 10^6 - 1.
/// Attacker 1 000 shares of 2 000, price 1 000 002 / 2 000 = 500.001, so the victim buys 1 999 shares.
#[test]
fn the_first_staker_cannot_rob_the_second() {
    let (pool, shares) = SharePool::default().deposit(1).unwrap();
    let inflated = SharePool { balance_atoms: 1_000_001, ..pool };
    let (staked, victim_shares) = inflated.deposit(999_999).unwrap();
    assert_eq!((shares, victim_shares), (1_000, 1_999));
    // 2 000 001 / 3 999 = 500.125 per share: the victim has 999 750 of 999 999, the attacker 500 125 of 1 000 001.
    assert_eq!(staked.atoms_for_shares_floor(victim_shares), Ok(999_750));
    assert_eq!(staked.atoms_for_shares_floor(shares), Ok(500_125));
}

#[test]
fn what_does_not_fit_or_does_not_exist_is_refused() {
    let full = SharePool { total_shares: u64::MAX - 999, balance_atoms: 1 };
    assert_eq!(full.shares_for_deposit_floor(1), Err(RiskError::Overflow));
    let rich = SharePool { total_shares: 1, balance_atoms: u64::MAX };
    assert_eq!(rich.atoms_for_shares_floor(1), Err(RiskError::Overflow));
    // The shares fit, but shares and virtual ones would not.
    let edge = SharePool { total_shares: u64::MAX - 3_000, balance_atoms: u64::MAX / 2 };
    assert_eq!(edge.deposit(2_000), Err(RiskError::Overflow));
    let pool = SharePool { total_shares: 10, balance_atoms: 1_000_000 };
    assert_eq!(pool.deposit(1), Err(RiskError::DomainError));
    assert_eq!(pool.request_exit(11), Err(RiskError::DomainError));
    let request = ExitRequest { shares: 11, atoms_at_request: 0 };
    assert_eq!(pool.exit(&request), Err(RiskError::DomainError));
    // Wiped out: shares are worth nothing, and a stake of any size is too many shares.
    let wiped = SharePool { total_shares: 1 << 53, balance_atoms: 0 };
    assert_eq!(wiped.atoms_for_shares_floor(1 << 53), Ok(0));
    assert_eq!(wiped.deposit(1 << 12), Err(RiskError::Overflow));
}
