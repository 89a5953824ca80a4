//! Many random days of the insurance's stakers: every number is what the rules say, and nobody can take more than there
//! is.
//!
//! The rules are written down a second time here, with 128-bit integers and nothing of the program's. After each step
//! the accounts are compared with them, and the harness audits the group after each transaction.

use firebreak::error::FirebreakError;
use firebreak_tests::{
    params::{self, DOLLAR},
    Failure, Meta, Ruin, Trader, World,
};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeMap;

/// Seeds, each with what is donated before anybody stakes: it makes shares expensive.
const SEEDS: [(u64, u64); 3] = [(1, 0), (2, 1_000 * DOLLAR), (3, 1_000_000 * DOLLAR)];
const STEPS: usize = 2_000;
const STAKERS: usize = 5;
const COOLDOWN: i64 = 86_400;
/// Shares and atoms of nobody.
const NOBODY: [u128; 2] = [1_000, 1];
/// Shares that an atom buys at most.
const SHARES_PER_ATOM_MAX: u128 = 1 << 20;

/// A request: shares, their value then, and when.
type Request = (u128, u128, i64);

/// The rules.
#[derive(Clone, Debug, Default)]
struct Model {
    shares: u128,
    atoms: u128,
    stakes: [(u128, Option<Request>); STAKERS],
}

impl Model {
    fn all(&self) -> [u128; 2] {
        [self.shares + NOBODY[0], self.atoms + NOBODY[1]]
    }

    /// Value in atoms, rounded down.
    fn value(&self, shares: u128) -> u128 {
        shares * self.all()[1] / self.all()[0]
    }

    /// Shares that atoms buy, rounded down.
    fn bought(&self, atoms: u128) -> u128 {
        atoms * self.all()[0] / self.all()[1]
    }

    /// What may be taken by one staker, now or after its cooldown.
    fn claimable(&self, staker: usize) -> u128 {
        let (shares, request) = self.stakes[staker];
        let (leaving, at_request, _) = request.unwrap_or_default();
        self.value(shares - leaving) + self.value(leaving).min(at_request)
    }

    fn stake(&mut self, staker: usize, atoms_max: u128) -> Result<(), FirebreakError> {
        if SHARES_PER_ATOM_MAX * self.all()[1] < self.all()[0] {
            return Err(FirebreakError::ShareValueTooLow);
        }
        let shares = self.bought(atoms_max);
        if shares == 0 {
            return Err(FirebreakError::ZeroShares);
        }
        if shares + self.all()[0] > u128::from(u64::MAX) {
            return Err(FirebreakError::MathOverflow);
        }
        self.atoms += (shares * self.all()[1]).div_ceil(self.all()[0]);
        self.shares += shares;
        self.stakes[staker].0 += shares;
        Ok(())
    }

    fn request(&mut self, staker: usize, shares: u128, now: i64) -> Result<(), FirebreakError> {
        let (all, request) = self.stakes[staker];
        match (shares, request) {
            (0, _) => Err(FirebreakError::ZeroAmount),
            (_, Some(_)) => Err(FirebreakError::ExitRequest),
            _ if shares > all => Err(FirebreakError::InsufficientShares),
            _ => {
                self.stakes[staker].1 = Some((shares, self.value(shares), now));
                Ok(())
            }
        }
    }

    fn cancel(&mut self, staker: usize) -> Result<(), FirebreakError> {
        let (shares, at_request, _) = self.stakes[staker].1.ok_or(FirebreakError::ExitRequest)?;
        let mut kept = shares;
        if self.value(shares) > at_request {
            let mut rest = self.clone();
            rest.shares -= shares;
            rest.atoms -= at_request;
            kept = rest.bought(at_request).min(shares);
        }
        if kept == 0 {
            return Err(FirebreakError::ZeroShares);
        }
        self.shares -= shares - kept;
        self.stakes[staker] = (self.stakes[staker].0 - (shares - kept), None);
        Ok(())
    }

    /// Returns what is paid.
    fn unstake(&mut self, staker: usize, now: i64, is_frozen: bool) -> Result<u128, FirebreakError> {
        let (shares, at_request, since) = self.stakes[staker].1.ok_or(FirebreakError::ExitRequest)?;
        if now < since + COOLDOWN {
            return Err(FirebreakError::UnstakeCooldown);
        }
        if is_frozen {
            return Err(FirebreakError::ExitsFrozen);
        }
        let paid = self.value(shares).min(at_request);
        self.atoms -= paid;
        self.shares -= shares;
        self.stakes[staker] = (self.stakes[staker].0 - shares, None);
        Ok(paid)
    }
}

struct Walk {
    world: World,
    rng: ChaCha8Rng,
    stakers: Vec<Trader>,
    ruin: Ruin,
    /// Price at which an account failed whose loss is not assigned yet.
    failed_at: Option<u64>,
    model: Model,
    counts: BTreeMap<String, usize>,
}

impl Walk {
    fn new(seed: u64, donated_atoms: u64) -> Self {
        let mut world = World::with_market(|feed| firebreak::instructions::MarketParams {
            breaker: params::breaker(50_000),
            ..params::market(feed)
        });
        let stakers = (0..STAKERS).map(|_| world.staker(0)).collect();
        let ruin = Ruin::new(&mut world);
        let rng = ChaCha8Rng::seed_from_u64(seed);
        if donated_atoms > 0 {
            world.fund_insurance(&ruin.keeper, donated_atoms);
        }
        let (model, counts) = (Model { atoms: donated_atoms.into(), ..Model::default() }, BTreeMap::new());
        Self { world, rng, stakers, ruin, failed_at: None, model, counts }
    }

    fn count(&mut self, what: String) {
        *self.counts.entry(what).or_default() += 1;
    }

    /// The program did what the rules say, or refused with their code.
    #[track_caller]
    fn agree<T>(&mut self, what: &str, found: Result<Meta, Failure>, expected: Result<T, FirebreakError>) {
        match (found, expected) {
            (Ok(_), Ok(_)) => self.count(what.to_owned()),
            (Err(failure), Err(error)) => {
                failure.assert_is(error);
                self.count(format!("{what} {error:?}"));
            }
            (Ok(_), Err(error)) => panic!("{what}: done instead of {error:?}"),
            (Err(failure), Ok(_)) => panic!("{what}: {failure:?}"),
        }
    }

    fn step(&mut self) {
        let staker = self.rng.random_range(0..STAKERS);
        let now = self.world.now();
        let [shares, atoms] = self.model.all();
        let mut has_lost = false;
        match self.rng.random_range(0..100) {
            0..22 => self.stake(staker),
            22..42 => {
                let all = self.model.stakes[staker].0;
                let part = [1, 2, 3, 1_000][self.rng.random_range(0..4)];
                let shares = all.div_ceil(part) + u128::from(self.rng.random_ratio(1, 10));
                let expected = self.model.request(staker, shares, now);
                let shares = shares.try_into().expect("64 bits");
                let found = self.world.request_unstake(&self.stakers[staker], shares);
                self.agree("request", found, expected);
            }
            42..52 => {
                let expected = self.model.cancel(staker);
                let found = self.world.cancel_unstake(&self.stakers[staker]);
                self.agree("cancel", found, expected);
            }
            52..74 => self.unstake(staker),
            74..79 => self.donate(staker),
            79..91 => {
                let secs = self.rng.random_range(1..80_000);
                self.world.advance(secs);
            }
            _ => has_lost = self.fail_or_resolve(),
        }
        self.compare();
        let [shares_after, atoms_after] = self.model.all();
        if !has_lost {
            // Nothing but a loss lowers what a share is worth.
            assert!(atoms_after * shares >= atoms * shares_after, "the value of a share fell");
        }
    }

    fn stake(&mut self, staker: usize) {
        let bits = self.rng.random_range(0..36);
        let atoms: u64 = self.rng.random_range(0..1 << bits) + 1;
        let before = self.model.atoms;
        let wallet = self.stakers[staker].quote_wallet;
        let had = self.world.balance(&wallet);
        let expected = self.model.stake(staker, atoms.into());
        let found = self.world.stake(&self.stakers[staker], atoms);
        self.agree("stake", found, expected);
        let paid = u128::from(had - self.world.balance(&wallet));
        assert_eq!(paid, self.model.atoms - before);
        assert!(paid <= atoms.into());
    }

    fn unstake(&mut self, staker: usize) {
        let wallet = self.stakers[staker].quote_wallet;
        let had = self.world.balance(&wallet);
        let worth = self.model.claimable(staker);
        let expected = self.model.unstake(staker, self.world.now(), self.failed_at.is_some());
        let found = self.world.unstake(&self.stakers[staker]);
        self.agree("unstake", found, expected);
        let paid = u128::from(self.world.balance(&wallet) - had);
        assert_eq!(paid, expected.unwrap_or_default());
        assert!(paid <= worth);
    }

    fn donate(&mut self, staker: usize) {
        let bits = self.rng.random_range(0..32);
        let atoms: u64 = self.rng.random_range(0..1 << bits) + 1;
        self.world.fund_insurance(&self.stakers[staker], atoms);
        self.model.atoms += u128::from(atoms);
        self.count("donate".to_owned());
    }

    /// An account fails, or the loss of the last one is assigned. True when the insurance has paid.
    fn fail_or_resolve(&mut self) -> bool {
        let Some(price) = self.failed_at.take() else {
            let price = self.rng.random_range(150..174) * 1_000_000;
            self.ruin.calm(&mut self.world);
            self.ruin.fail(&mut self.world, price);
            self.failed_at = Some(price);
            self.count("fail".to_owned());
            return false;
        };
        self.world.advance(1);
        self.world.tick(price);
        let before = self.world.ledger(0).insurance_payout_atoms;
        self.ruin.resolve(&mut self.world, price);
        let paid = self.world.ledger(0).insurance_payout_atoms - before;
        // 4 000 lots lost what they cost at 200 dollars less the price now, beyond the 1 000 dollars of margin; one event
        // draws half at most.
        let missing = 4_000 * (200_000_000 - price) / 100 - 1_000 * DOLLAR;
        assert!(u128::from(paid) <= self.model.atoms / 2 && paid <= missing, "{paid}");
        self.model.atoms -= u128::from(paid);
        self.count(["resolve", "resolve with a payout"][usize::from(paid > 0)].to_owned());
        paid > 0
    }

    fn compare(&self) {
        let insurance = self.world.insurance();
        let found = [insurance.share_count, insurance.balance_atoms].map(u128::from);
        assert_eq!(found, [self.model.shares, self.model.atoms]);
        let mut claimable = 0;
        for (index, staker) in self.stakers.iter().enumerate() {
            let stake = self.world.stake_of(staker);
            let request = (stake.exit_shares > 0)
                .then(|| (stake.exit_shares.into(), stake.exit_atoms.into(), stake.exit_requested_ts));
            assert_eq!((u128::from(stake.shares), request), self.model.stakes[index], "staker {index}");
            claimable += self.model.claimable(index);
        }
        assert!(claimable <= self.model.atoms, "{claimable} of {}", self.model.atoms);
    }
}

#[test]
fn random_days_of_stakers_follow_the_rules_and_never_promise_more_than_there_is() {
    let mut totals: BTreeMap<String, usize> = BTreeMap::new();
    for (seed, donated_atoms) in SEEDS {
        println!("seed {seed}, {donated_atoms} atoms donated first");
        let mut walk = Walk::new(seed, donated_atoms);
        for _ in 0..STEPS {
            walk.step();
        }
        for (what, count) in walk.counts {
            *totals.entry(what).or_default() += count;
        }
    }
    println!("{totals:#?}");
    // A walk on which nothing happens proves nothing.
    for what in [
        "stake",
        "stake ZeroShares",
        "request",
        "request ExitRequest",
        "request InsufficientShares",
        "cancel",
        "cancel ZeroShares",
        "unstake",
        "unstake UnstakeCooldown",
        "unstake ExitsFrozen",
        "donate",
        "resolve with a payout",
    ] {
        assert!(totals.contains_key(what), "no {what}: {totals:#?}");
    }
}
