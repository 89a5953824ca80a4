//! Transactions that fail as a whole: what they cost, and that they change nothing else.

use firebreak::error::FirebreakError;
use firebreak_bank_tests::{Group, LAMPORTS};
use firebreak_client::instructions::{self as build, Overlay};
use firebreak_tests::params::DOLLAR;
use solana_keypair::Keypair;
use solana_signer::Signer;
use solana_transaction::TransactionError;

/// Blockhashes that a bank still accepts.
const BLOCKHASH_AGE_MAX: u64 = 150;

/// Compute units of the instruction that sets the limit.
const LIMIT_UNITS: u32 = 150;

/// A deposit that would succeed and a withdrawal of more than the account has, in one transaction.
#[tokio::test]
async fn the_failure_of_the_last_instruction_undoes_the_first() {
    let mut group = Group::new().await;
    let trader = group.trader(100 * DOLLAR).await;
    let deposit = group.deposit(&trader, 50 * DOLLAR);
    let transfer = group.transfer(&trader, 151 * DOLLAR);
    let withdraw = build::withdraw(&trader.keys, &transfer, &Overlay::none());
    let (before, wallet) = (group.chain.owned().await, group.chain.data(&trader.wallet).await);
    let lamports = group.chain.lamports(&group.admin()).await;
    let failure = group.chain.send(&[deposit.clone(), withdraw], &[&trader.owner]).await;
    failure.expect_err("150 of 151 dollars").assert_is(FirebreakError::InsufficientCollateral);
    assert_eq!(group.chain.owned().await, before);
    assert_eq!(group.chain.data(&trader.wallet).await, wallet);
    // The payer and the owner signed.
    let fee = 2 * group.chain.fee_of_one_signature().await;
    assert_eq!(group.chain.lamports(&group.admin()).await, lamports - fee);

    let transfer = group.transfer(&trader, 150 * DOLLAR);
    let withdraw = build::withdraw(&trader.keys, &transfer, &Overlay::none());
    group.chain.must(&[deposit, withdraw], &[&trader.owner]).await;
    assert_eq!(group.margin(&trader).await.atoms_of(0), 0);
    group.assert_conserved().await;
}

/// A fill has written all its accounts when its units end, and perhaps emitted its event by CPI.
#[tokio::test]
async fn running_out_of_units_undoes_everything() {
    let mut group = Group::new().await;
    let [taker, maker] = [group.trader(1_000 * DOLLAR).await, group.trader(1_000 * DOLLAR).await];
    let fill = group.fill(&taker, &maker, 10);
    let authority = group.authority.insecure_clone();
    let units = u32::try_from(group.chain.simulate(&fill, &[&authority]).await).expect("few units");
    let enough = units + LIMIT_UNITS;
    let before = group.chain.owned().await;
    // Enough for all but the last steps, of which setting the return data is one.
    for missing in [1, 200, 2_000] {
        let limited = group.chain.with_limit(&fill, enough - missing);
        let failure = group.chain.send_bare(&limited, &[&authority]).await.expect_err("too few units");
        assert!(matches!(failure.error, TransactionError::InstructionError(1, _)), "{:?}", failure.error);
        assert_eq!(group.chain.owned().await, before, "{missing} units missing");
    }
    let limited = group.chain.with_limit(&fill, enough);
    group.chain.send_bare(&limited, &[&authority]).await.expect("exactly enough units");
    assert_eq!(group.margin(&taker).await.positions()[0].units, 10 << 16);
}

#[tokio::test]
async fn a_blockhash_expires_and_a_transaction_counts_once() {
    let mut group = Group::new().await;
    let trader = group.trader(0).await;
    let deposit = [group.deposit(&trader, DOLLAR)];
    let payer = group.chain.payer.insecure_clone();
    let old = group.chain.blockhash().await;
    let signers: &[&Keypair] = &[&trader.owner];
    let late = group.chain.sign_at(&deposit, (&payer, signers), old);

    let twice = group.chain.sign(&deposit, signers).await;
    group.chain.process(twice.clone()).await.expect("the first time");
    let again = group.chain.process(twice).await.expect_err("the second time");
    assert_eq!(again.error, TransactionError::AlreadyProcessed);

    // A slot has one blockhash.
    for _ in 0..=BLOCKHASH_AGE_MAX {
        group.chain.skip_slots(1).await;
    }
    let expired = group.chain.process(late).await.expect_err("too late");
    assert_eq!(expired.error, TransactionError::BlockhashNotFound);
    assert_eq!(group.margin(&trader).await.atoms_of(0), i64::try_from(DOLLAR).expect("small"));
    group.chain.must(&deposit, signers).await;
    assert_eq!(group.margin(&trader).await.atoms_of(0), i64::try_from(2 * DOLLAR).expect("small"));
}

/// Owners need no lamports of their own, and keys without lamports pay for nothing.
#[tokio::test]
async fn fees_come_from_the_payer_alone() {
    let mut group = Group::new().await;
    let trader = group.trader(10 * DOLLAR).await;
    let fee = group.chain.fee_of_one_signature().await;
    let deposit = [group.deposit(&trader, DOLLAR)];
    let blockhash = group.chain.blockhash().await;
    let poor = group.chain.sign_at(&deposit, (&trader.owner, &[]), blockhash);
    let refused = group.chain.process(poor).await.expect_err("the owner has no lamports");
    assert_eq!(refused.error, TransactionError::AccountNotFound);

    let payer = group.chain.new_payer();
    let blockhash = group.chain.blockhash().await;
    let paid = group.chain.sign_at(&deposit, (&payer, &[&trader.owner]), blockhash);
    group.chain.process(paid).await.expect("a stranger pays");
    assert_eq!(group.chain.lamports(&payer.pubkey()).await, LAMPORTS - 2 * fee);
    assert_eq!(group.chain.lamports(&trader.owner.pubkey()).await, 0);
}
