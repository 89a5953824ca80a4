//! Transactions that want to write the same accounts at the same time.
//!
//! The bank's thread takes everything that has arrived as one batch. Which transactions meet in one is up to the
//! scheduler of the machine; what must come out of it is not.

use firebreak_bank_tests::{Group, Trader};
use firebreak_client::instructions::{self as build, Overlay};
use firebreak_tests::params::DOLLAR;
use solana_program_test::BanksClientError;
use solana_transaction::Transaction;

/// Sends all at once and waits for each answer.
async fn together(group: &Group, transactions: Vec<Transaction>) -> Vec<Result<(), BanksClientError>> {
    let client = &group.chain.context.banks_client;
    let tasks: Vec<_> = transactions
        .into_iter()
        .map(|transaction| {
            let client = client.clone();
            tokio::spawn(async move { client.process_transaction(transaction).await })
        })
        .collect();
    let mut answers = Vec::new();
    for task in tasks {
        answers.push(task.await.expect("the task ends"));
    }
    answers
}

async fn quote_of(group: &Group, trader: &Trader) -> u64 {
    u64::try_from(group.margin(trader).await.atoms_of(0)).expect("no debt")
}

#[tokio::test]
async fn deposits_into_one_account_in_one_batch_all_count() {
    let mut group = Group::new().await;
    let trader = group.trader(0).await;
    let mut transactions = Vec::new();
    for dollars in 1..=8 {
        let deposit = group.deposit(&trader, dollars * DOLLAR);
        transactions.push(group.chain.sign(&[deposit], &[&trader.owner]).await);
    }
    for answer in together(&group, transactions).await {
        answer.expect("a deposit");
    }
    // 1 + 2 + ... + 8.
    assert_eq!(quote_of(&group, &trader).await, 36 * DOLLAR);
    group.assert_conserved().await;
}

/// Each of them could be paid, not both.
#[tokio::test]
async fn of_two_withdrawals_in_one_batch_the_balance_pays_one() {
    let mut group = Group::new().await;
    let trader = group.trader(100 * DOLLAR).await;
    let mut transactions = Vec::new();
    for dollars in [60, 70] {
        let transfer = group.transfer(&trader, dollars * DOLLAR);
        let withdraw = build::withdraw(&trader.keys, &transfer, &Overlay::none());
        transactions.push(group.chain.sign(&[withdraw], &[&trader.owner]).await);
    }
    let paid: Vec<bool> = together(&group, transactions).await.iter().map(Result::is_ok).collect();
    let left = match paid[..] {
        [true, false] => 40,
        [false, true] => 30,
        _ => panic!("{paid:?}"),
    };
    assert_eq!(quote_of(&group, &trader).await, left * DOLLAR);
    group.assert_conserved().await;
}

/// Fills of one taker with different makers: all write the taker, its shard and the venue's record.
#[tokio::test]
async fn fills_of_one_taker_in_one_batch_add_up() {
    let mut group = Group::new().await;
    let taker = group.trader(1_000 * DOLLAR).await;
    let authority = group.authority.insecure_clone();
    let (mut makers, mut transactions) = (Vec::new(), Vec::new());
    for lots in 1..=6 {
        let maker = group.trader(1_000 * DOLLAR).await;
        let fill = group.fill(&taker, &maker, lots);
        transactions.push(group.chain.sign(&[fill], &[&authority]).await);
        makers.push((maker, lots));
    }
    for answer in together(&group, transactions).await {
        answer.expect("a fill");
    }
    // 1 + 2 + ... + 6 lots.
    assert_eq!(group.margin(&taker).await.positions()[0].units, 21 << 16);
    for (maker, lots) in makers {
        assert_eq!(
            group.margin(&maker).await.positions()[0].units,
            -(i64::try_from(lots).expect("few") << 16)
        );
    }
    group.assert_conserved().await;
}
