//! Laws of the limiter over sequences of deposits and withdrawals by several accounts.

use super::*;

#[derive(Clone, Debug)]
enum Event {
    Wait(i64),
    Deposit(usize, u64),
    /// An account takes this part of what is available to it, in 1/256.
    Withdraw(usize, u64),
    /// Tokens arrive by themselves: an insurance payout.
    Inflow(u64),
}

fn any_event() -> impl Strategy<Value = Event> {
    prop_oneof![
        prop_oneof![0i64..10, 0i64..100_000].prop_map(Event::Wait),
        (0usize..3, any_atoms()).prop_map(|(who, atoms)| Event::Deposit(who, atoms)),
        (0usize..3, prop_oneof![Just(256u64), 0u64..=256]).prop_map(|(who, part)| Event::Withdraw(who, part)),
        any_atoms().prop_map(Event::Inflow),
    ]
}

/// A vault with three accounts.
struct Vault {
    params: AllowanceParams,
    outflow: Outflow,
    credits: [Credit; 3],
    held: u64,
    now: i64,
}

impl Vault {
    fn settled(&self) -> u64 {
        self.held - self.outflow.fresh.faded(self.params.window, UnixTime(self.now)).unwrap().min(self.held)
    }

    fn cap(&self) -> u128 {
        u128::from(self.outflow.allowance.cap_atoms(&self.params, self.settled()).unwrap())
    }

    fn available(&self, who: usize) -> u64 {
        let now = UnixTime(self.now);
        self.outflow.available_floor(&self.params, &self.credits[who], self.held, now).unwrap()
    }

    fn deposit(&mut self, who: usize, atoms: u64) {
        let now = UnixTime(self.now);
        (self.outflow, self.credits[who]) =
            self.outflow.deposit(&self.params, &self.credits[who], atoms, now).unwrap();
        self.held += atoms;
    }

    /// True if the limiter let it pass.
    fn withdraw(&mut self, who: usize, atoms: u64) -> bool {
        let now = UnixTime(self.now);
        let passed = self.outflow.withdraw(&self.params, &self.credits[who], self.held, atoms, now).unwrap();
        let Some((outflow, credit)) = passed else { return false };
        (self.outflow, self.credits[who]) = (outflow, credit);
        self.held -= atoms;
        true
    }
}

/// What happened at one event: atoms out, atoms deposited, the largest cap that applied.
struct Entry {
    at: i64,
    out: u64,
    deposited: u64,
    cap: u128,
}

fn play(params: AllowanceParams, start: u64, events: Vec<Event>) -> Vec<Entry> {
    let (outflow, credits) = (Outflow::default(), [Credit::default(); 3]);
    let mut vault = Vault { params, outflow, credits, held: start, now: 1_700_000_000 };
    let mut history = Vec::new();
    for event in events {
        let (mut out, mut deposited, mut cap) = (0, 0, vault.cap());
        match event {
            Event::Wait(seconds) => vault.now += seconds,
            Event::Inflow(atoms) => vault.held += atoms,
            Event::Deposit(who, atoms) => {
                vault.deposit(who, atoms);
                deposited = atoms;
            }
            Event::Withdraw(who, part) => {
                let available = vault.available(who);
                assert!(!vault.withdraw(who, available + 1), "more than is available passed");
                out = u64::try_from(u128::from(available) * u128::from(part) / 256).unwrap();
                assert!(vault.withdraw(who, out), "what is available did not pass");
            }
        }
        cap = cap.max(vault.cap());
        history.push(Entry { at: vault.now, out, deposited, cap });
    }
    history
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    /// In any window: out <= cap * (1 + T / window) + deposits from one window before its start on. Without deposits
    /// that is the bound of the allowance alone. The cap here is a share of settled funds.
    #[test]
    fn outflow_in_any_window_is_bounded(
        params in any_params(), start in any_atoms(), events in prop::collection::vec(any_event(), 1..60),
    ) {
        let window = params.window.0.cast_signed();
        let history = play(params, start, events);
        for from in 0..history.len() {
            let begin = history[from].at;
            let mut deposited: u128 = history[..from]
                .iter()
                .filter(|entry| entry.at > begin - window)
                .map(|entry| u128::from(entry.deposited))
                .sum();
            let (mut out, mut cap) = (0u128, 0u128);
            for entry in &history[from..] {
                out += u128::from(entry.out);
                deposited += u128::from(entry.deposited);
                cap = cap.max(entry.cap);
                let elapsed = u128::from(entry.at.abs_diff(begin));
                let limited = out.saturating_sub(deposited) * u128::from(params.window.0);
                prop_assert!(limited <= cap * (u128::from(params.window.0) + elapsed), "{} in {} s", out, elapsed);
            }
        }
    }

    /// Somebody deposits and withdraws in circles, and whoever has no credit can take exactly what he could before, in
    /// the midst of it too.
    #[test]
    fn a_circle_of_deposit_and_withdrawal_leaves_the_allowance_as_it_was(
        params in any_params(), start in any_atoms(), history in prop::collection::vec(any_event(), 0..20),
        circles in prop::collection::vec(any_atoms(), 1..5),
    ) {
        let (outflow, credits) = (Outflow::default(), [Credit::default(); 3]);
        let mut vault = Vault { params, outflow, credits, held: start, now: 1_700_000_000 };
        for event in history {
            match event {
                Event::Wait(seconds) => vault.now += seconds,
                Event::Inflow(atoms) => vault.held += atoms,
                Event::Deposit(who, atoms) => vault.deposit(who, atoms),
                Event::Withdraw(who, part) => {
                    let atoms = (u128::from(vault.available(who)) * u128::from(part) / 256) as u64;
                    prop_assert!(vault.withdraw(who, atoms));
                }
            }
        }
        for atoms in circles {
            vault.credits[1] = Credit::default();
            let (before, others, held) = (vault.outflow.allowance, vault.available(1), vault.held);
            vault.deposit(0, atoms);
            // Nobody but the depositor is owed what came in.
            prop_assert_eq!(vault.available(1).min(held), others);
            prop_assert!(vault.withdraw(0, atoms));
            prop_assert_eq!(vault.outflow.allowance, before);
            prop_assert_eq!(vault.held, held);
            prop_assert_eq!(vault.available(1), others);
        }
    }

    /// Borrowed tokens do not raise the cap: whatever one account deposits, all three together can take no more than
    /// without it, besides the deposit itself.
    #[test]
    fn a_deposit_of_a_moment_opens_nothing(
        params in any_params(), start in any_atoms(), used in 0u64..=256, borrowed in 0u64..1 << 60,
    ) {
        let (outflow, credits) = (Outflow::default(), [Credit::default(); 3]);
        let mut vault = Vault { params, outflow, credits, held: start, now: 1_700_000_000 };
        let first = (u128::from(vault.available(2)) * u128::from(used) / 256) as u64;
        prop_assert!(vault.withdraw(2, first));
        let (open, owed) = (vault.available(1), vault.held);
        vault.deposit(0, borrowed);
        // Nobody but the depositor is owed what came in.
        let taken = vault.available(1).min(owed);
        prop_assert!(vault.withdraw(1, taken));
        let back = vault.available(0);
        prop_assert!(vault.withdraw(0, back));
        prop_assert!(back >= borrowed, "the deposit did not come back");
        prop_assert!(taken + (back - borrowed) <= open);
    }

    #[test]
    fn withdrawing_in_parts_is_withdrawing_at_once(
        params in any_params(), start in any_atoms(), deposits in prop::collection::vec((0i64..1_000, any_atoms()), 0..4),
        parts in prop::collection::vec(0u64..=256, 1..8),
    ) {
        let (outflow, credits) = (Outflow::default(), [Credit::default(); 3]);
        let mut vault = Vault { params, outflow, credits, held: start, now: 1_700_000_000 };
        for (wait, atoms) in deposits {
            vault.now += wait;
            vault.deposit(0, atoms);
        }
        let now = UnixTime(vault.now);
        let (before, credit, held) = (vault.outflow, vault.credits[0], vault.held);
        let mut total = 0;
        for part in parts {
            let atoms = (u128::from(vault.available(0)) * u128::from(part) / 256) as u64;
            prop_assert!(vault.withdraw(0, atoms));
            total += atoms;
        }
        let at_once = before.withdraw(&params, &credit, held, total, now).unwrap();
        prop_assert_eq!(at_once, Some((vault.outflow, vault.credits[0])));
    }
}

#[test]
fn a_window_of_zero_is_refused() {
    let params = AllowanceParams { cap_share: Ppm(1), cap_atoms_min: 1, window: Seconds(0) };
    let (outflow, credit, now) = (Outflow::default(), Credit::default(), UnixTime(0));
    assert_eq!(outflow.deposit(&params, &credit, 1, now), Err(RiskError::DivisionByZero));
    assert_eq!(outflow.withdraw(&params, &credit, 1, 1, now), Err(RiskError::DivisionByZero));
    assert_eq!(outflow.available_floor(&params, &credit, 1, now), Err(RiskError::DivisionByZero));
}
