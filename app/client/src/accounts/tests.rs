//! Decoding accepts any alignment and refuses everything that is not the account.

use super::*;

fn margin_bytes() -> Vec<u8> {
    let mut account: MarginAccount = bytemuck::Zeroable::zeroed();
    account.version = LAYOUT_VERSION;
    account.sequence = 7;
    account.collateral_count = 1;
    account.collaterals[0].atoms = -5;
    let mut data = MarginAccount::DISCRIMINATOR.to_vec();
    data.extend_from_slice(bytemuck::bytes_of(&account));
    data
}

#[test]
fn an_account_is_decoded_at_any_alignment() {
    let data = margin_bytes();
    for shift in 0..8 {
        let mut shifted = vec![0; shift];
        shifted.extend_from_slice(&data);
        let account = decode_margin_account(&shifted[shift..]).expect("a margin account");
        assert_eq!((account.sequence, account.atoms_of(0)), (7, -5));
    }
}

#[test]
fn another_kind_a_short_account_and_a_newer_version_are_refused() {
    let data = margin_bytes();
    assert_eq!(decode_group(&data).err(), Some(ClientError::WrongDiscriminator { account: "Group" }));
    assert_eq!(
        decode_margin_account(&[]).err(),
        Some(ClientError::WrongDiscriminator { account: "MarginAccount" })
    );
    let needed = size_of::<MarginAccount>();
    let short = decode_margin_account(&data[..data.len() - 1]).err();
    assert_eq!(short, Some(ClientError::TooShort { account: "MarginAccount", needed, found: needed - 1 }));
    let mut newer = data;
    newer[8 + core::mem::offset_of!(MarginAccount, version)] = LAYOUT_VERSION + 1;
    let refused = decode_margin_account(&newer).err();
    assert_eq!(
        refused,
        Some(ClientError::NewerVersion { account: "MarginAccount", version: LAYOUT_VERSION + 1 })
    );
}

#[test]
fn a_snapshot_has_as_many_rows_as_it_says() {
    let mut header: RiskSnapshot = bytemuck::Zeroable::zeroed();
    header.row_count = 2;
    let mut data = RiskSnapshot::DISCRIMINATOR.to_vec();
    data.extend_from_slice(bytemuck::bytes_of(&header));
    for index in 0..2 {
        data.extend_from_slice(bytemuck::bytes_of(&Row { index, ..Row::default() }));
    }
    let snapshot = decode_snapshot(&data).expect("a snapshot");
    assert_eq!(snapshot.rows.len(), 2);
    assert_eq!(snapshot.row(1).map(|row| row.index), Ok(1));
    assert_eq!(snapshot.row(2).err(), Some(ClientError::NoSuchRow { row: 2 }));
    assert!(matches!(decode_snapshot(&data[..data.len() - 1]), Err(ClientError::TooShort { .. })));
}

#[test]
fn a_balance_is_read_from_a_whole_token_account_only() {
    let mut data = vec![0; TOKEN_ACCOUNT_LEN];
    data[TOKEN_AMOUNT_OFFSET..TOKEN_AMOUNT_OFFSET + 8].copy_from_slice(&9u64.to_le_bytes());
    assert_eq!(decode_token_amount(&data), Ok(9));
    assert!(decode_token_amount(&data[1..]).is_err());
}

#[test]
fn a_stake_is_decoded_and_nothing_else_is_taken_for_one() {
    let mut stake: InsuranceStake = bytemuck::Zeroable::zeroed();
    (stake.shares, stake.exit_shares, stake.version) = (7, 3, LAYOUT_VERSION);
    let mut data = InsuranceStake::DISCRIMINATOR.to_vec();
    data.extend_from_slice(bytemuck::bytes_of(&stake));
    let decoded = decode_insurance_stake(&data).expect("a stake");
    assert_eq!((decoded.shares, decoded.exit_shares), (7, 3));
    let refused = decode_insurance(&data).err();
    assert_eq!(refused, Some(ClientError::WrongDiscriminator { account: "InsuranceVault" }));
    assert!(matches!(decode_insurance_stake(&data[..data.len() - 1]), Err(ClientError::TooShort { .. })));
}
