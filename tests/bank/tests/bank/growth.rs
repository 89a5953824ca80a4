//! Accounts are created and grow, and somebody pays their rent.

use firebreak::{
    constants::SHARD_COUNT,
    state::{shard_space, snapshot_space},
};
use firebreak_bank_tests::{Group, LAMPORTS};
use firebreak_client::pda;

/// Snapshot and shards grow by one row per market, in transactions of one slot: each must see the length that the one
/// before left behind, and the runtime allows 10 240 bytes per instruction, which eight shards together exceed.
#[tokio::test]
async fn accounts_grow_row_by_row_within_one_slot_and_stay_rent_exempt() {
    const MARKETS: usize = 6;
    let mut group = Group::bare().await;
    let slot = group.chain.clock().await.slot;
    group.found().await;
    // Both collaterals have a row.
    for count in 1..=MARKETS {
        group.add_market().await;
        let snapshot = group.chain.data(&pda::snapshot(&group.key)).await;
        assert_eq!(snapshot.len(), snapshot_space(2 + count), "{count} markets");
        for index in 0..SHARD_COUNT {
            let shard = group.chain.data(&pda::exposure(&group.key, index)).await;
            assert_eq!(shard.len(), shard_space(count), "{count} markets, shard {index}");
        }
    }
    assert_eq!(group.chain.clock().await.slot, slot, "all of it happened in one slot");
    assert_eq!(group.snapshot().await.rows.len(), 2 + MARKETS);

    // By the bank's own rent, not by a constant.
    let rent = group.chain.context.banks_client.get_rent().await.expect("a rent");
    let owned = group.chain.owned().await;
    // Group, snapshot, insurance, shards, banks, and market and ledger of each.
    assert_eq!(owned.len(), 3 + usize::from(SHARD_COUNT) + 2 + 2 * MARKETS);
    for (key, account) in &owned {
        assert_eq!(account.lamports, rent.minimum_balance(account.data.len()), "{key}");
    }
    let token_accounts = [
        pda::bank_vault(&pda::bank(&group.key, &group.quote.mint)),
        pda::bank_vault(&pda::bank(&group.key, &group.token.mint)),
        pda::insurance_vault(&pda::insurance(&group.key)),
    ];
    let mut deposits: u64 = owned.iter().map(|(_, account)| account.lamports).sum();
    for key in token_accounts {
        deposits += group.chain.lamports(&key).await;
    }
    // The administrator signs alone: one signature for each transaction, of which a group takes 1 + 8 + 2 and each
    // market one.
    let transactions = 1 + u64::from(SHARD_COUNT) + 2 + MARKETS as u64;
    let fee = group.chain.fee_of_one_signature().await;
    assert_eq!(group.chain.lamports(&group.admin()).await, LAMPORTS - deposits - transactions * fee);
}
