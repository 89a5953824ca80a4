//! An instruction as the laws see it: its name, who signed, and which account stands in which slot. All of that is read
//! from the instruction itself and the program's interface description, never from what the walk meant to do.

use anchor_lang::{
    prelude::Pubkey,
    solana_program::instruction::{AccountMeta, Instruction},
    AnchorDeserialize,
};
use firebreak::instructions::OverlayArgs;
use std::{collections::BTreeSet, fmt, sync::LazyLock};

const IDL: &str = include_str!("../../../idl/firebreak.json");
const DISCRIMINATOR_LEN: usize = 8;

/// An instruction of the interface description.
pub struct Described {
    /// Name in snake case.
    pub name: String,
    discriminator: Vec<u8>,
    slots: Vec<String>,
}

/// All instructions of the program, as its interface description lists them.
pub static DESCRIBED: LazyLock<Vec<Described>> = LazyLock::new(|| {
    let idl: serde_json::Value = serde_json::from_str(IDL).expect("the description is JSON");
    let text = |value: &serde_json::Value| value.as_str().expect("a string").to_owned();
    let list = |value: &serde_json::Value| value.as_array().expect("a list").clone();
    let byte = |value: &serde_json::Value| u8::try_from(value.as_u64().expect("a number")).expect("a byte");
    let described = list(&idl["instructions"]);
    let described = described.iter().map(|instruction| Described {
        name: text(&instruction["name"]),
        discriminator: list(&instruction["discriminator"]).iter().map(byte).collect(),
        slots: list(&instruction["accounts"]).iter().map(|account| text(&account["name"])).collect(),
    });
    described.collect()
});

/// One instruction of a transaction.
#[derive(Clone, Debug)]
pub struct Call {
    /// Name in snake case.
    pub name: &'static str,
    /// Named accounts.
    slots: Vec<(&'static str, Pubkey)>,
    /// Accounts behind them.
    pub rest: Vec<Pubkey>,
    /// Keys that signed, the payer of the transaction included.
    pub signers: BTreeSet<Pubkey>,
    data: Vec<u8>,
}

impl Call {
    /// Reads an instruction that `payer` pays for.
    ///
    /// # Panics
    /// For an instruction that the description does not have.
    pub fn of(instruction: &Instruction, payer: Pubkey) -> Self {
        let described = described_of(instruction);
        let keys = |metas: &[AccountMeta]| metas.iter().map(|meta| meta.pubkey).collect::<Vec<_>>();
        let named = described.slots.len().min(instruction.accounts.len());
        let (named, rest) = instruction.accounts.split_at(named);
        let signers = instruction.accounts.iter().filter(|meta| meta.is_signer).map(|meta| meta.pubkey);
        Self {
            name: &described.name,
            slots: described.slots.iter().map(String::as_str).zip(keys(named)).collect(),
            rest: keys(rest),
            signers: signers.chain([payer]).collect(),
            data: instruction.data[DISCRIMINATOR_LEN..].to_vec(),
        }
    }

    /// The account in a named slot.
    ///
    /// # Panics
    /// When the instruction has no such slot.
    #[track_caller]
    pub fn slot(&self, name: &str) -> Pubkey {
        self.find(name).unwrap_or_else(|| panic!("{} has no {name}", self.name))
    }

    /// The account in a named slot, where the instruction has one.
    pub fn find(&self, name: &str) -> Option<Pubkey> {
        self.slots.iter().find(|(slot, _)| *slot == name).map(|(_, key)| *key)
    }

    /// Its arguments.
    ///
    /// # Panics
    /// When they are of another type.
    #[track_caller]
    pub fn args<T: AnchorDeserialize>(&self) -> T {
        T::deserialize(&mut self.data.as_slice()).expect("arguments of this type")
    }

    /// True when this key signed.
    pub fn is_signed_by(&self, key: &Pubkey) -> bool {
        self.signers.contains(key)
    }

    /// Rows that the instruction reads from their oracle accounts, and these accounts.
    pub fn overlay(&self) -> (Vec<u16>, &[Pubkey]) {
        let (overlay, skipped) = match self.name {
            "liquidate" => (self.args::<firebreak::instruction::Liquidate>().overlay, 0),
            "liquidate_collateral" => (self.args::<firebreak::instruction::LiquidateCollateral>().overlay, 0),
            "withdraw" => (self.args::<firebreak::instruction::Withdraw>().overlay, 0),
            "settle_pnl" => (self.args::<firebreak::instruction::SettlePnl>().overlay, 0),
            "apply_fill" | "check_fill" => {
                let args = self.args::<firebreak::instruction::ApplyFill>().args;
                let overlay = OverlayArgs { rows: args.overlay_rows, count: args.overlay_count };
                (overlay, 2 * usize::from(args.leg_count))
            }
            _ => (OverlayArgs::default(), 0),
        };
        let rows = overlay.rows.iter().take(usize::from(overlay.count)).copied().collect();
        (rows, self.rest.get(skipped..).unwrap_or_default())
    }
}

/// Name, slots with the start of each address, and arguments in hexadecimal: enough to see what was meant.
impl fmt::Display for Call {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        let short = |key: &Pubkey| {
            let signed = if self.is_signed_by(key) { "*" } else { "" };
            format!("{}{signed}", &key.to_string()[..6])
        };
        let ignored = ["event_authority", "program", "system_program", "token_program"];
        let named = self.slots.iter().filter(|(slot, _)| !ignored.contains(slot));
        let named: Vec<String> = named.map(|(slot, key)| format!("{slot} {}", short(key))).collect();
        let rest: Vec<String> = self.rest.iter().map(short).collect();
        let data: String = self.data.iter().map(|byte| format!("{byte:02x}")).collect();
        write!(formatter, "{}({}; {}; {data})", self.name, named.join(", "), rest.join(", "))
    }
}

fn described_of(instruction: &Instruction) -> &'static Described {
    let found = DESCRIBED.iter().find(|described| instruction.data.starts_with(&described.discriminator));
    found.expect("an instruction of the program")
}
