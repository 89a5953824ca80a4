//! The first eight bytes of Firebreak's accounts and of the instructions that a venue calls.
//!
//! Accounts: the start of `sha256("account:<Name>")`. Instructions: the start of `sha256("global:<name>")`.

/// Bytes of every discriminator.
pub const DISCRIMINATOR_SIZE: usize = 8;

/// Account `Group`.
pub const GROUP: [u8; 8] = [209, 249, 208, 63, 182, 89, 186, 254];
/// Account `RiskSnapshot`.
pub const RISK_SNAPSHOT: [u8; 8] = [83, 86, 236, 250, 125, 59, 4, 209];
/// Account `Market`.
pub const MARKET: [u8; 8] = [219, 190, 213, 55, 0, 227, 198, 154];
/// Account `CollateralBank`.
pub const COLLATERAL_BANK: [u8; 8] = [121, 247, 239, 44, 231, 198, 229, 191];
/// Account `Committee`.
pub const COMMITTEE: [u8; 8] = [96, 136, 210, 244, 137, 110, 178, 104];
/// Account `Venue`.
pub const VENUE: [u8; 8] = [8, 155, 85, 226, 234, 173, 42, 242];
/// Account `MarketLedger`.
pub const MARKET_LEDGER: [u8; 8] = [20, 74, 143, 91, 58, 131, 8, 46];
/// Account `ExposureShard`.
pub const EXPOSURE_SHARD: [u8; 8] = [4, 221, 205, 124, 217, 228, 54, 40];
/// Account `VenueMarket`.
pub const VENUE_MARKET: [u8; 8] = [126, 27, 116, 236, 240, 81, 0, 28];
/// Account `MarginAccount`.
pub const MARGIN_ACCOUNT: [u8; 8] = [133, 220, 173, 213, 179, 211, 43, 238];
/// Account `InsuranceStake`.
pub const INSURANCE_STAKE: [u8; 8] = [110, 110, 233, 160, 124, 191, 45, 161];
/// Account `InsuranceVault`.
pub const INSURANCE_VAULT: [u8; 8] = [131, 200, 252, 180, 131, 202, 30, 144];

/// Instruction `apply_fill`.
pub const APPLY_FILL: [u8; 8] = [201, 39, 90, 111, 97, 71, 105, 6];
/// Instruction `check_fill`.
pub const CHECK_FILL: [u8; 8] = [239, 223, 116, 68, 78, 220, 6, 236];
/// Instruction `post_premium`.
pub const POST_PREMIUM: [u8; 8] = [135, 126, 207, 21, 92, 119, 83, 57];
/// Instruction `collect_venue_fees`.
pub const COLLECT_VENUE_FEES: [u8; 8] = [48, 40, 48, 151, 9, 252, 241, 160];

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use sha2::{Digest, Sha256};

    fn start_of_hash(namespace: &str, name: &str) -> [u8; 8] {
        let hash = Sha256::digest(format!("{namespace}:{name}"));
        core::array::from_fn(|byte| hash[byte])
    }

    #[test]
    fn account_discriminators_are_hashes_of_their_names() {
        let accounts = [
            ("Group", GROUP),
            ("RiskSnapshot", RISK_SNAPSHOT),
            ("Market", MARKET),
            ("CollateralBank", COLLATERAL_BANK),
            ("Committee", COMMITTEE),
            ("Venue", VENUE),
            ("MarketLedger", MARKET_LEDGER),
            ("ExposureShard", EXPOSURE_SHARD),
            ("VenueMarket", VENUE_MARKET),
            ("MarginAccount", MARGIN_ACCOUNT),
            ("InsuranceStake", INSURANCE_STAKE),
            ("InsuranceVault", INSURANCE_VAULT),
        ];
        for (name, discriminator) in accounts {
            assert_eq!(discriminator, start_of_hash("account", name), "{name}");
        }
    }

    #[test]
    fn instruction_discriminators_are_hashes_of_their_names() {
        assert_eq!(APPLY_FILL, start_of_hash("global", "apply_fill"));
        assert_eq!(CHECK_FILL, start_of_hash("global", "check_fill"));
        assert_eq!(POST_PREMIUM, start_of_hash("global", "post_premium"));
        assert_eq!(COLLECT_VENUE_FEES, start_of_hash("global", "collect_venue_fees"));
    }
}
