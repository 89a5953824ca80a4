//! Slots, the clock and restarts of the cluster.

use firebreak_bank_tests::{Group, Trader};
use firebreak_interface::fill::Refusal;
use firebreak_risk::halt::GRACE_SECS;
use firebreak_tests::params::{DOLLAR, START_MICROS};

async fn traders(group: &mut Group) -> [Trader; 2] {
    [group.trader(1_000 * DOLLAR).await, group.trader(1_000 * DOLLAR).await]
}

/// A row is fresh for 5 s of the clock, however many slots that are.
#[tokio::test]
async fn slots_do_not_age_a_price_and_seconds_do() {
    let mut group = Group::new().await;
    let [taker, maker] = traders(&mut group).await;
    let before = group.chain.clock().await;
    group.chain.skip_slots(1_000).await;
    let after = group.chain.clock().await;
    assert_eq!((after.slot, after.unix_timestamp), (before.slot + 1_000, before.unix_timestamp));
    assert!(group.trade(&taker, &maker, 10).await.is_admitted());
    group.chain.advance(5).await;
    assert!(group.trade(&taker, &maker, 10).await.is_admitted());
    group.chain.advance(1).await;
    assert_eq!(group.trade(&taker, &maker, 10).await.refusal(), Some(Refusal::StaleRow));
    group.publish(START_MICROS).await;
    group.crank().await;
    assert!(group.trade(&taker, &maker, 10).await.is_admitted());
    group.assert_conserved().await;
}

/// The snapshot records the slot and the time of the bank, not of its own making.
#[tokio::test]
async fn a_crank_records_the_banks_slot_and_time() {
    let mut group = Group::new().await;
    for secs in [1, 7, 300] {
        group.tick(secs, START_MICROS).await;
        let (clock, snapshot) = (group.chain.clock().await, group.snapshot().await);
        let seen = (snapshot.header.updated_slot, snapshot.header.updated_ts);
        assert_eq!(seen, (clock.slot, clock.unix_timestamp));
        assert_eq!(snapshot.rows[2].update_ts, clock.unix_timestamp);
    }
}

/// The bank sets the sysvar when it reaches the slot of a hard fork. From then on nothing is opened for the grace, whoever
/// cranks first, while reductions pass; and one restart is one grace.
#[tokio::test]
async fn a_restart_of_the_cluster_starts_one_grace() {
    let mut group = Group::new().await;
    let [taker, maker] = traders(&mut group).await;
    assert!(group.trade(&taker, &maker, 10).await.is_admitted());
    let slot = group.chain.clock().await.slot;
    group.chain.context.register_hard_fork(slot + 5);
    group.chain.skip_slots(4).await;
    assert!(group.trade(&taker, &maker, 1).await.is_admitted(), "the fork is still ahead");
    group.chain.skip_slots(1).await;
    // Nobody has cranked yet: the grace is seen without being stored.
    assert_eq!(group.trade(&taker, &maker, 1).await.refusal(), Some(Refusal::GracePeriod));
    group.tick(1, START_MICROS).await;
    let start = group.chain.clock().await.unix_timestamp;
    assert_eq!(group.snapshot().await.header.last_restart_slot, slot + 5);
    assert_eq!(group.trade(&taker, &maker, 1).await.refusal(), Some(Refusal::GracePeriod));
    assert!(group.trade(&maker, &taker, 1).await.is_admitted(), "both sides reduce");
    let deposit = group.deposit(&taker, DOLLAR);
    group.chain.must(&[deposit], &[&taker.owner]).await;

    group.tick(GRACE_SECS - 1, START_MICROS).await;
    assert_eq!(group.trade(&taker, &maker, 1).await.refusal(), Some(Refusal::GracePeriod));
    group.tick(1, START_MICROS).await;
    assert_eq!(group.chain.clock().await.unix_timestamp, start + 300);
    assert!(group.trade(&taker, &maker, 1).await.is_admitted());
    group.assert_conserved().await;
}

/// A stall: half an hour passes within four slots.
#[tokio::test]
async fn time_without_slots_starts_a_grace_too() {
    let mut group = Group::new().await;
    let [taker, maker] = traders(&mut group).await;
    let now = group.chain.clock().await.unix_timestamp;
    group.chain.skip_slots(4).await;
    group.chain.set_time(now + 1_800).await;
    group.publish(START_MICROS).await;
    group.crank().await;
    assert_eq!(group.trade(&taker, &maker, 1).await.refusal(), Some(Refusal::GracePeriod));
    group.tick(GRACE_SECS, START_MICROS).await;
    assert!(group.trade(&taker, &maker, 1).await.is_admitted());
}
