//! The interface's mirrors against the program's own accounts: the same fields at the same offsets.

use core::mem::{offset_of, size_of};
use firebreak::state;
use firebreak_interface::layout;

/// Compares size and every listed field.
macro_rules! same_layout {
    ($ours:ty, $mirror:ty, [$($field:ident),* $(,)?]) => {{
        assert_eq!(size_of::<$ours>(), size_of::<$mirror>(), stringify!($mirror));
        let fields = [$((offset_of!($ours, $field), offset_of!($mirror, $field), stringify!($field))),*];
        for (ours, mirror, name) in fields {
            assert_eq!(ours, mirror, "{}.{name}", stringify!($mirror));
        }
    }};
}

#[test]
fn a_side_of_a_row_has_the_offsets_of_the_program() {
    same_layout!(
        state::SideRow,
        layout::SideRow,
        [
            scale,
            earned,
            epoch,
            _padding,
            demand_delta_atoms,
            demand_gamma_atoms,
            growth_cap_atoms,
            reproduction_ppm,
            cluster_bins,
            initial_factor_milli,
        ]
    );
}

#[test]
fn a_row_has_the_offsets_of_the_program() {
    same_layout!(
        state::Row,
        layout::Row,
        [
            price_q32,
            confidence_q32,
            ema_q32,
            publish_ts,
            update_ts,
            update_slot,
            primary_publish_ts,
            secondary_publish_ts,
            third_publish_ts,
            variance_fast_q64,
            variance_slow_q64,
            variance_reference_q64,
            breaker_updated_ts,
            breaker_publish_ts,
            breaker_stay_secs,
            breaker_used,
            sides,
            open_interest_units,
            fold_sequence,
            fold_ts,
            open_interest_cap_atoms,
            haircut_q48,
            primary_key,
            secondary_key,
            third_key,
            feed_id,
            initial_ppm,
            maintenance_ppm,
            profit_weight_ppm,
            size_free_atoms,
            maintenance_weight_ppm,
            initial_weight_ppm,
            confidence_ppm,
            deviation_ppm,
            price_band_ppm,
            reading_age_secs,
            ema_tau_secs,
            ema_move_ppm_per_sec,
            position_share_ppm,
            paused_until_ts,
            parameter_epoch,
            haircut_epoch,
            index,
            market_index,
            quantum_exponent,
            kind,
            primary_kind,
            secondary_kind,
            third_kind,
            breaker_state,
            verdict,
            breaker_cause,
            is_pace_infeasible,
            _padding,
            paused_since_ts,
            loading_calm_ppm,
            loading_stressed_ppm,
            loading_initial_ppm,
            loading_maintenance_ppm,
            beta_milli,
            collateral_row,
            reserved,
        ]
    );
}

#[test]
fn volatility_and_margins_of_a_row_have_the_offsets_of_the_program() {
    same_layout!(
        state::Row,
        layout::Row,
        [
            variance_bipower_q64,
            variance_confirmed_q64,
            position_cap_atoms,
            initial_side_ppm,
            maintenance_limit_ppm,
            price_bin,
            demand_anchor,
            demand_epoch,
            breaker_history,
            breaker_blind_secs,
            breaker,
            variance_stress_q64,
            sample_price_q32,
            sample_ts,
            initial_q16,
            maintenance_q16,
            margin_ts,
            sample_return_q32,
            variance_fast_secs,
            variance_slow_secs,
            initial_floor_ppm,
            initial_max_ppm,
            maintenance_floor_ppm,
            margin_horizon_secs,
            margin_decay_secs,
            margin_ramp_ppm_per_hour,
            stress_weight_ppm,
            initial_z_milli,
            maintenance_z_milli,
            forecast_band_milli,
            forecast_variance_q64,
        ]
    );
}

#[test]
fn a_committee_and_a_seat_have_the_offsets_of_the_program() {
    same_layout!(
        state::Committee,
        layout::Committee,
        [
            group,
            market,
            sequence,
            seats,
            age_max_secs,
            variance_low_milli,
            variance_high_milli,
            depth_low_milli,
            depth_high_milli,
            row,
            quorum,
            seat_count,
            bump,
            version,
            _padding,
            reserved,
        ]
    );
    same_layout!(state::Seat, layout::Seat, [reporter, variance_q64, depth_atoms, reported_ts]);
}

#[test]
fn a_snapshot_header_has_the_offsets_of_the_program() {
    same_layout!(
        state::RiskSnapshot,
        layout::SnapshotHeader,
        [
            group,
            sequence,
            updated_ts,
            updated_slot,
            runway_secs,
            paused_until_ts,
            last_restart_slot,
            grace_until_ts,
            target_buffer_ppm,
            critical_ppm,
            row_count,
            breaker_state,
            bump,
            version,
            _padding,
            paused_since_ts,
            insurance_drawn_ts,
            insurance_drawn_ppm,
            portfolio_floor_ppm,
            reserved,
        ]
    );
}

#[test]
fn a_collateral_and_a_position_have_the_offsets_of_the_program() {
    same_layout!(
        state::Collateral,
        layout::Collateral,
        [atoms, row, _padding, credit_updated_ts, credit_atoms, reserved,]
    );
    same_layout!(
        state::Position,
        layout::Position,
        [
            units,
            quote_atoms,
            checkpoint,
            side_epoch,
            row,
            last_side,
            _padding,
            insurance_drawn_atoms,
            claim_units,
            claim_epoch,
            shortfall_state,
            _padding_claim,
            halved_publish_ts,
            halved_left_q16,
            registered_units,
            registered_ts,
            registered_bin,
            registered_epoch,
            registered_side,
            is_registered_far,
            _padding_demand,
            reserved,
        ]
    );
}

#[test]
fn a_margin_account_has_the_offsets_of_the_program() {
    same_layout!(
        state::MarginAccount,
        layout::MarginAccount,
        [
            group,
            owner,
            sequence,
            liquidation_started_ts,
            venue_approvals,
            index,
            shard,
            collateral_count,
            position_count,
            bump,
            version,
            _padding,
            collaterals,
            positions,
            halved_publish_ts,
            reserved,
        ]
    );
}

#[test]
fn a_venue_market_has_the_offsets_of_the_program() {
    same_layout!(
        state::VenueMarket,
        layout::VenueMarket,
        [
            group,
            venue,
            market,
            sequence,
            fees_atoms,
            volume_atoms,
            fill_count,
            fees_paid_atoms,
            premium_average_q16,
            premium_updated_ts,
            open_units,
            premium_last_ppm,
            _padding_premium,
            fee_max_ppm,
            protocol_fee_share_ppm,
            row,
            market_index,
            ordinal,
            bump,
            version,
            reserved,
        ]
    );
}

#[test]
fn discriminators_and_the_program_id_are_those_of_the_program() {
    use anchor_lang::Discriminator;
    use layout::Layout;

    assert_eq!(firebreak::ID.to_bytes(), firebreak_interface::ids::FIREBREAK_PROGRAM_ID);
    assert_eq!(state::MarginAccount::DISCRIMINATOR, layout::MarginAccount::DISCRIMINATOR);
    assert_eq!(state::RiskSnapshot::DISCRIMINATOR, layout::SnapshotHeader::DISCRIMINATOR);
    assert_eq!(state::VenueMarket::DISCRIMINATOR, layout::VenueMarket::DISCRIMINATOR);
    let apply = firebreak::instruction::ApplyFill::DISCRIMINATOR;
    assert_eq!(apply, firebreak_interface::discriminators::APPLY_FILL);
    let check = firebreak::instruction::CheckFill::DISCRIMINATOR;
    assert_eq!(check, firebreak_interface::discriminators::CHECK_FILL);
}

#[test]
fn layout_versions_agree() {
    assert_eq!(layout::LAYOUT_VERSION, firebreak::constants::LAYOUT_VERSION);
    assert_eq!(layout::POSITIONS_MAX, firebreak::constants::POSITIONS_MAX);
    assert_eq!(layout::COLLATERALS_MAX, firebreak::constants::COLLATERALS_MAX);
}
