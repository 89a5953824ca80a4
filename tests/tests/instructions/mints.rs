//! Mints of Token-2022, written by Token-2022 itself: one for each extension that a mint can have.

use anchor_lang::{
    prelude::Pubkey,
    solana_program::{instruction::Instruction, system_instruction},
};
use anchor_spl::token_2022::{
    self,
    spl_token_2022::{
        extension::{
            confidential_mint_burn, confidential_transfer, confidential_transfer_fee, default_account_state,
            group_member_pointer, group_pointer, interest_bearing_mint, metadata_pointer, pausable,
            scaled_ui_amount, transfer_fee, transfer_hook, ExtensionType,
        },
        instruction::{
            initialize_mint2, initialize_mint_close_authority, initialize_non_transferable_mint,
            initialize_permanent_delegate,
        },
        state::{AccountState, Mint},
    },
};
use bytemuck::Zeroable;
use firebreak_client::instructions::MintKeys;
use firebreak_tests::World;
use solana_signer::Signer;
use spl_token_group_interface::instruction as group;
use spl_token_metadata_interface::instruction as metadata;

use ExtensionType as E;

/// More than any of these mints needs, also after it has grown.
const LAMPORTS: u64 = 100_000_000;
const PROGRAM: Pubkey = token_2022::ID;

/// A mint with an extension, and with those that the extension itself demands, in the order of their bytes.
#[derive(Clone, Copy)]
pub struct Extended {
    /// The extension in question.
    pub extension: ExtensionType,
    /// What the account is made for; what is added later takes its own room.
    initial: &'static [ExtensionType],
}

/// A mint and its authority.
struct Keys {
    mint: Pubkey,
    authority: Pubkey,
}

const fn extended(extension: ExtensionType, initial: &'static [ExtensionType]) -> Extended {
    Extended { extension, initial }
}

/// Extensions of mints that are known to be harmless.
pub const HARMLESS: [Extended; 8] = [
    extended(E::InterestBearingConfig, &[E::InterestBearingConfig]),
    extended(E::MetadataPointer, &[E::MetadataPointer]),
    extended(E::TokenMetadata, &[E::MetadataPointer]),
    extended(E::GroupPointer, &[E::GroupPointer]),
    extended(E::TokenGroup, &[E::GroupPointer]),
    extended(E::GroupMemberPointer, &[E::GroupMemberPointer]),
    extended(E::TokenGroupMember, &[E::GroupMemberPointer]),
    extended(E::ScaledUiAmount, &[E::ScaledUiAmount]),
];

/// Extensions of mints that are refused.
pub const HARMFUL: [Extended; 10] = [
    extended(E::TransferFeeConfig, &[E::TransferFeeConfig]),
    extended(E::MintCloseAuthority, &[E::MintCloseAuthority]),
    extended(E::ConfidentialTransferMint, &[E::ConfidentialTransferMint]),
    extended(E::DefaultAccountState, &[E::DefaultAccountState]),
    extended(E::NonTransferable, &[E::NonTransferable]),
    extended(E::PermanentDelegate, &[E::PermanentDelegate]),
    extended(E::TransferHook, &[E::TransferHook]),
    extended(
        E::ConfidentialTransferFeeConfig,
        &[E::ConfidentialTransferFeeConfig, E::ConfidentialTransferMint, E::TransferFeeConfig],
    ),
    extended(E::ConfidentialMintBurn, &[E::ConfidentialMintBurn, E::ConfidentialTransferMint]),
    extended(E::Pausable, &[E::Pausable]),
];

/// A mint of Token-2022 without extensions.
pub fn plain_mint(world: &mut World, decimals: u8) -> MintKeys {
    create(world, decimals, &[])
}

/// A mint of Token-2022 with an extension.
pub fn extended_mint(world: &mut World, extended: &Extended) -> MintKeys {
    let mint = create(world, 9, extended.initial);
    let authority = world.admin.pubkey();
    let keys = Keys { mint: mint.mint, authority };
    let added = match extended.extension {
        E::TokenMetadata => vec![describe(&keys)],
        E::TokenGroup => vec![found(&keys)],
        E::TokenGroupMember => {
            let leader = Keys { mint: create(world, 9, &[E::GroupPointer]).mint, authority };
            vec![found(&leader), join(&keys, &leader)]
        }
        _ => Vec::new(),
    };
    if !added.is_empty() {
        world.must(&added, &[]);
    }
    mint
}

fn create(world: &mut World, decimals: u8, extensions: &[ExtensionType]) -> MintKeys {
    let key = world.new_keypair();
    let keys = Keys { mint: key.pubkey(), authority: world.admin.pubkey() };
    let length = ExtensionType::try_calculate_account_len::<Mint>(extensions).expect("extensions of a mint");
    let length = u64::try_from(length).expect("a short account");
    let mut all =
        vec![system_instruction::create_account(&keys.authority, &keys.mint, LAMPORTS, length, &PROGRAM)];
    all.extend(extensions.iter().map(|extension| initialize(&keys, *extension)));
    let freeze = Some(&keys.authority);
    all.push(initialize_mint2(&PROGRAM, &keys.mint, &keys.authority, freeze, decimals).expect("a mint"));
    world.must(&all, &[&key]);
    MintKeys { mint: keys.mint, token_program: PROGRAM }
}

/// The instruction that comes before the mint's own.
fn initialize(keys: &Keys, extension: ExtensionType) -> Instruction {
    let (mint, key) = (&keys.mint, keys.authority);
    let some = Some(key);
    let result = match extension {
        E::TransferFeeConfig => transfer_fee::instruction::initialize_transfer_fee_config(
            &PROGRAM,
            mint,
            Some(&key),
            Some(&key),
            100,
            1_000,
        ),
        E::MintCloseAuthority => initialize_mint_close_authority(&PROGRAM, mint, Some(&key)),
        E::ConfidentialTransferMint => {
            confidential_transfer::instruction::initialize_mint(&PROGRAM, mint, some, true, None)
        }
        E::DefaultAccountState => default_account_state::instruction::initialize_default_account_state(
            &PROGRAM,
            mint,
            &AccountState::Initialized,
        ),
        E::NonTransferable => initialize_non_transferable_mint(&PROGRAM, mint),
        E::InterestBearingConfig => interest_bearing_mint::instruction::initialize(&PROGRAM, mint, some, 500),
        E::PermanentDelegate => initialize_permanent_delegate(&PROGRAM, mint, &key),
        E::TransferHook => transfer_hook::instruction::initialize(&PROGRAM, mint, some, Some(firebreak::ID)),
        E::ConfidentialTransferFeeConfig => {
            let nobody = Zeroable::zeroed();
            confidential_transfer_fee::instruction::initialize_confidential_transfer_fee_config(
                &PROGRAM, mint, some, &nobody,
            )
        }
        E::MetadataPointer => metadata_pointer::instruction::initialize(&PROGRAM, mint, some, Some(*mint)),
        E::GroupPointer => group_pointer::instruction::initialize(&PROGRAM, mint, some, Some(*mint)),
        E::GroupMemberPointer => {
            group_member_pointer::instruction::initialize(&PROGRAM, mint, some, Some(*mint))
        }
        E::ConfidentialMintBurn => {
            let (nobody, nothing) = (Zeroable::zeroed(), Zeroable::zeroed());
            confidential_mint_burn::instruction::initialize_mint(&PROGRAM, mint, &nobody, &nothing)
        }
        E::ScaledUiAmount => scaled_ui_amount::instruction::initialize(&PROGRAM, mint, some, 2.0),
        E::Pausable => pausable::instruction::initialize(&PROGRAM, mint, &key),
        other => panic!("{other:?} is not initialised before a mint"),
    };
    result.unwrap_or_else(|error| panic!("{extension:?}: {error}"))
}

fn describe(keys: &Keys) -> Instruction {
    let (mint, key) = (&keys.mint, &keys.authority);
    let texts = ["Token", "TOK", "about:blank"].map(str::to_owned);
    let [name, symbol, uri] = texts;
    metadata::initialize(&PROGRAM, mint, key, mint, key, name, symbol, uri)
}

fn found(keys: &Keys) -> Instruction {
    let (mint, key) = (&keys.mint, &keys.authority);
    group::initialize_group(&PROGRAM, mint, mint, key, Some(*key), 2)
}

fn join(member: &Keys, leader: &Keys) -> Instruction {
    let (mint, key) = (&member.mint, &member.authority);
    group::initialize_member(&PROGRAM, mint, mint, key, &leader.mint, &leader.authority)
}
