//! `sync_venue_market`: copies a venue's limits from the market and the group again. Anyone may call it.
//!
//! Fills read the copies, so that they need neither the market nor the group. A group can have 32 markets of 8 venues,
//! more than one transaction can name, so updates do not carry them along: whoever changes a parameter sends the
//! copying behind it, and if that is forgotten anybody else can.

use anchor_lang::prelude::*;

use crate::{
    error::FirebreakError,
    events::{emit, VenueMarketSynced},
    state::{is_known, Group, Market, VenueMarket},
};

/// Accounts of `sync_venue_market`.
#[event_cpi]
#[derive(Accounts)]
pub struct SyncVenueMarket<'info> {
    /// The group.
    #[account(constraint = is_known(&group) @ FirebreakError::NewerVersion)]
    pub group: AccountLoader<'info, Group>,
    /// The market.
    #[account(
        has_one = group @ FirebreakError::WrongGroup,
        constraint = is_known(&market) @ FirebreakError::NewerVersion
    )]
    pub market: AccountLoader<'info, Market>,
    /// The venue's record for the market.
    #[account(
        mut,
        has_one = market @ FirebreakError::WrongVenueMarket,
        constraint = is_known(&venue_market) @ FirebreakError::NewerVersion
    )]
    pub venue_market: AccountLoader<'info, VenueMarket>,
}

impl<'info> SyncVenueMarket<'info> {
    /// Copies the fee bound and the protocol's share. Everything is checked by attributes. Does nothing when the
    /// copies are true.
    ///
    /// # Errors
    /// None of its own.
    pub fn handler(ctx: Context<'info, Self>) -> Result<()> {
        let accounts = &*ctx.accounts;
        let fee_max_ppm = accounts.market.load()?.fee_max_ppm;
        let protocol_fee_share_ppm = accounts.group.load()?.protocol_fee_share_ppm;
        let (old_fee_max_ppm, old_protocol_fee_share_ppm, sequence) = {
            let mut copies = accounts.venue_market.load_mut()?;
            let old = (copies.fee_max_ppm, copies.protocol_fee_share_ppm);
            if old == (fee_max_ppm, protocol_fee_share_ppm) {
                return Ok(());
            }
            copies.fee_max_ppm = fee_max_ppm;
            copies.protocol_fee_share_ppm = protocol_fee_share_ppm;
            copies.sequence = copies.sequence.wrapping_add(1);
            (old.0, old.1, copies.sequence)
        };
        emit(
            &ctx.accounts.event_authority,
            &VenueMarketSynced {
                group: accounts.group.key(),
                market: accounts.market.key(),
                venue_market: accounts.venue_market.key(),
                old_fee_max_ppm,
                new_fee_max_ppm: fee_max_ppm,
                old_protocol_fee_share_ppm,
                new_protocol_fee_share_ppm: protocol_fee_share_ppm,
                sequence,
            },
        )?;
        Ok(())
    }
}
