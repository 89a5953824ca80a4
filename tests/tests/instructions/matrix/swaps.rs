//! Which accounts are tried in a slot.

use anchor_lang::{
    prelude::Pubkey,
    solana_program::instruction::{AccountMeta, Instruction},
    system_program,
};
use anchor_spl::{token, token_2022};
use firebreak::{
    constants::LAYOUT_VERSION,
    oracle::{PYTH_RECEIVER, SWITCHBOARD_ON_DEMAND},
};
use litesvm::LiteSVM;
use solana_account::Account;
use std::collections::{BTreeMap, BTreeSet};

use crate::chain::{chain, group_of, name_of, version_offset, Chain};

/// One wrong account in one slot.
pub struct Swap {
    /// What it is.
    pub label: String,
    /// The instruction with it.
    pub instruction: Instruction,
    /// An account that is put on the chain first.
    pub placed: Option<(Pubkey, Account)>,
}

/// Keys of strangers and of accounts made up for a substitution.
pub struct Spare {
    /// Holds lamports and signs.
    pub stranger: Pubkey,
    /// Holds lamports, no data.
    pub empty: Pubkey,
    /// Does not exist.
    pub absent: Pubkey,
    /// Address of forged accounts.
    pub forged: Pubkey,
}

/// Makes the substitutions for one instruction.
pub struct Swapper<'a> {
    svm: &'a LiteSVM,
    instruction: &'a Instruction,
    names: &'a [String],
    people: &'a BTreeMap<Pubkey, String>,
    spare: &'a Spare,
    before: Chain,
    /// The chain after the instruction: kinds of accounts that it creates.
    after: Chain,
    gallery: Vec<Pubkey>,
}

const PROGRAMS: [Pubkey; 5] =
    [firebreak::ID, example_venue::ID, token::ID, token_2022::ID, system_program::ID];

impl<'a> Swapper<'a> {
    /// Prepares substitutions on `svm`; `succeeded` is the chain after the right instruction.
    pub fn new(
        [svm, succeeded]: [&'a LiteSVM; 2],
        (instruction, names): (&'a Instruction, &'a [String]),
        (spare, people): (&'a Spare, &'a BTreeMap<Pubkey, String>),
    ) -> Self {
        let before = chain(svm);
        let oracles = [PYTH_RECEIVER, SWITCHBOARD_ON_DEMAND];
        let oracles = oracles.iter().flat_map(|owner| svm.get_program_accounts(owner)).map(|(key, _)| key);
        let mut gallery: Vec<Pubkey> = before.keys().copied().chain(oracles).chain(PROGRAMS).collect();
        // By address, so that every run tries the same accounts.
        gallery.sort();
        Self { svm, instruction, names, people, spare, before, after: chain(succeeded), gallery }
    }

    fn kind(&self, key: &Pubkey) -> &'static str {
        if PROGRAMS.contains(key) {
            return "program";
        }
        let account = self.before.get(key).or_else(|| self.after.get(key)).cloned();
        match account.or_else(|| self.svm.get_account(key)) {
            Some(account) if name_of(&account) == "token account" => {
                let is_vault = self.group(key).is_some();
                ["wallet", "vault"][usize::from(is_vault)]
            }
            Some(account) => name_of(&account),
            None => "key",
        }
    }

    fn group(&self, key: &Pubkey) -> Option<Pubkey> {
        group_of(&self.before, key).or_else(|| group_of(&self.after, key))
    }

    fn with(&self, slot: usize, meta: AccountMeta) -> Instruction {
        let mut instruction = self.instruction.clone();
        instruction.accounts[slot] = meta;
        instruction
    }

    /// All substitutions in one slot.
    pub fn swaps(&self, slot: usize) -> Vec<Swap> {
        let mut swaps = self.relatives(slot);
        swaps.extend(self.others(slot));
        swaps.extend(self.forgeries(slot));
        swaps.extend(self.flags(slot));
        let original = &self.instruction.accounts[slot];
        swaps.retain(|swap| swap.instruction.accounts[slot] != *original || swap.placed.is_some());
        swaps
    }

    /// An account that cannot sign takes the slot without a signature.
    fn plain(&self, slot: usize, key: Pubkey, label: String) -> Swap {
        let original = &self.instruction.accounts[slot];
        let signs = self.instruction.accounts.iter().any(|meta| meta.is_signer && meta.pubkey == key);
        let meta = AccountMeta { pubkey: key, is_signer: original.is_signer && signs, ..*original };
        Swap { label, instruction: self.with(slot, meta), placed: None }
    }

    /// The same kind: of another group, and another one of the same group.
    fn relatives(&self, slot: usize) -> Vec<Swap> {
        let key = self.instruction.accounts[slot].pubkey;
        let (kind, group) = (self.kind(&key), self.group(&key));
        let alike = self.gallery.iter().filter(|other| **other != key && self.kind(other) == kind);
        alike
            .map(|other| {
                let is_foreign = group.is_some() && self.group(other) != group;
                let relation = ["sibling", "foreign"][usize::from(is_foreign)];
                let label = match self.people.get(other) {
                    Some(name) => format!("{relation}:{name}"),
                    None => relation.to_owned(),
                };
                self.plain(slot, *other, label)
            })
            .collect()
    }

    /// One account of every other kind, of the same group where there is one; and the accounts of the other slots.
    fn others(&self, slot: usize) -> Vec<Swap> {
        let key = self.instruction.accounts[slot].pubkey;
        let (kind, group) = (self.kind(&key), self.group(&key));
        let kinds: BTreeSet<&str> = self.gallery.iter().map(|other| self.kind(other)).collect();
        let of_kind = |wanted: &str| {
            let mut alike = self.gallery.iter().filter(|other| self.kind(other) == wanted);
            let first = alike.clone().next().copied();
            alike.find(|other| self.group(other) == group).copied().or(first)
        };
        let types = kinds
            .into_iter()
            .filter(|other| *other != kind)
            .filter_map(|other| Some(self.plain(slot, of_kind(other)?, format!("type:{other}"))));
        let slots = self.instruction.accounts.iter().zip(self.names);
        let slots = slots.map(|(meta, name)| self.plain(slot, meta.pubkey, format!("slot:{name}")));
        types.chain(slots).collect()
    }

    /// Accounts that look right and are not, and accounts that are not there.
    fn forgeries(&self, slot: usize) -> Vec<Swap> {
        let key = self.instruction.accounts[slot].pubkey;
        let kind = self.kind(&key);
        let mut swaps = vec![
            self.plain(slot, self.spare.empty, "empty".to_owned()),
            self.plain(slot, self.spare.absent, "absent".to_owned()),
        ];
        let present = self.svm.get_account(&key).filter(|_| kind != "key");
        let Some(right) = present.clone().or_else(|| self.after.get(&key).cloned()) else {
            return swaps;
        };
        let forged = Account { owner: example_venue::ID, executable: false, ..right.clone() };
        let mut swap = self.plain(slot, self.spare.forged, "cosplay".to_owned());
        swap.placed = Some((self.spare.forged, forged.clone()));
        swaps.push(swap);
        let in_place = |label: &str, account| Swap {
            label: label.to_owned(),
            instruction: self.instruction.clone(),
            placed: Some((key, account)),
        };
        if kind != "program" {
            swaps.push(in_place("cosplay in place", forged));
        }
        if let (Some(offset), true) = (version_offset(kind), present.is_some()) {
            let mut newer = right.clone();
            newer.data[offset] = LAYOUT_VERSION + 1;
            swaps.push(in_place("newer version", newer));
        }
        if present.is_none() {
            swaps.push(in_place("exists already", right));
        }
        swaps
    }

    /// The right account without its signature or write permission, and somebody else's signature.
    fn flags(&self, slot: usize) -> Vec<Swap> {
        let original = self.instruction.accounts[slot].clone();
        let swap = |label: &str, meta| Swap {
            label: label.to_owned(),
            instruction: self.with(slot, meta),
            placed: None,
        };
        let mut swaps = Vec::new();
        if original.is_signer {
            swaps.push(swap("unsigned", AccountMeta { is_signer: false, ..original.clone() }));
            let pubkey = self.spare.stranger;
            swaps.push(swap("stranger", AccountMeta { pubkey, ..original.clone() }));
        }
        if original.is_writable {
            swaps.push(swap("read-only", AccountMeta { is_writable: false, ..original }));
        }
        swaps
    }
}
