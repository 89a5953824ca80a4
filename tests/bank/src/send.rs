//! Transactions as clients send them.

use anchor_lang::solana_program::instruction::Instruction;
use firebreak::error::FirebreakError;
use solana_compute_budget_interface::ComputeBudgetInstruction;
use solana_hash::Hash;
use solana_keypair::Keypair;
use solana_message::Message;
use solana_signer::Signer;
use solana_transaction::{InstructionError, Transaction, TransactionError};

use crate::Chain;

/// Largest limit that a transaction can ask for.
const UNITS_MAX: u32 = 1_400_000;

/// What a successful transaction left behind.
#[derive(Clone, Debug)]
pub struct Meta {
    /// Compute units of the whole transaction.
    pub compute_units: u64,
    /// Return data of the last instruction, trailing zeros cut off by the runtime.
    pub return_data: Vec<u8>,
}

/// Why a transaction failed.
#[derive(Clone, Debug)]
pub struct Failure {
    /// The runtime's error.
    pub error: TransactionError,
    /// Program logs; empty when no program ran.
    pub logs: Vec<String>,
}

impl Failure {
    /// Fails the test unless the program refused with exactly this error.
    #[track_caller]
    pub fn assert_is(&self, expected: FirebreakError) {
        let custom = InstructionError::Custom(expected.into());
        let is_expected =
            matches!(&self.error, TransactionError::InstructionError(_, error) if *error == custom);
        assert!(is_expected, "{:?}\n{}", self.error, self.logs.join("\n"));
    }
}

impl Chain {
    /// The latest blockhash.
    pub async fn blockhash(&self) -> Hash {
        self.context.banks_client.get_latest_blockhash().await.expect("the bank answers")
    }

    /// Lamports that the bank asks for a transaction with one signature and no price per unit.
    pub async fn fee_of_one_signature(&self) -> u64 {
        let blockhash = self.blockhash().await;
        let message = Message::new_with_blockhash(&[], Some(&self.payer.pubkey()), &blockhash);
        let fee = self.context.banks_client.get_fee_for_message(message).await.expect("the bank answers");
        fee.expect("the blockhash is known")
    }

    /// A signed transaction that nobody sent before; the payer pays. Its unit limit is the salt.
    pub async fn sign(&mut self, instructions: &[Instruction], signers: &[&Keypair]) -> Transaction {
        let blockhash = self.blockhash().await;
        let payer = self.payer.insecure_clone();
        self.sign_at(instructions, (&payer, signers), blockhash)
    }

    /// The same with a payer and a blockhash of one's choice.
    pub fn sign_at(
        &mut self,
        instructions: &[Instruction],
        (payer, signers): (&Keypair, &[&Keypair]),
        blockhash: Hash,
    ) -> Transaction {
        self.salt += 1;
        let mut all = vec![ComputeBudgetInstruction::set_compute_unit_limit(UNITS_MAX - self.salt)];
        all.extend_from_slice(instructions);
        let metas = instructions.iter().flat_map(|instruction| &instruction.accounts);
        self.written.extend(metas.filter(|meta| meta.is_writable).map(|meta| meta.pubkey));
        let mut keys: Vec<&Keypair> = vec![payer];
        for signer in signers {
            if keys.iter().all(|other| other.pubkey() != signer.pubkey()) {
                keys.push(signer);
            }
        }
        Transaction::new_signed_with_payer(&all, Some(&payer.pubkey()), &keys, blockhash)
    }

    /// The instruction behind a limit of compute units.
    pub fn with_limit(&self, instruction: &Instruction, units: u32) -> [Instruction; 2] {
        [ComputeBudgetInstruction::set_compute_unit_limit(units), instruction.clone()]
    }

    /// Sends instructions as they are, without a limit in front.
    ///
    /// # Errors
    /// The transaction's failure.
    pub async fn send_bare(
        &mut self,
        instructions: &[Instruction],
        signers: &[&Keypair],
    ) -> Result<Meta, Failure> {
        let blockhash = self.blockhash().await;
        let mut keys = vec![&self.payer];
        keys.extend(signers);
        let payer = self.payer.pubkey();
        let transaction = Transaction::new_signed_with_payer(instructions, Some(&payer), &keys, blockhash);
        self.process(transaction).await
    }

    /// Sends a signed transaction.
    ///
    /// # Errors
    /// The transaction's failure.
    pub async fn process(&self, transaction: Transaction) -> Result<Meta, Failure> {
        let client = &self.context.banks_client;
        let answer = client.process_transaction_with_metadata(transaction).await.expect("the bank answers");
        let metadata = answer.metadata;
        match answer.result {
            Ok(()) => {
                let metadata = metadata.expect("a processed transaction");
                let return_data = metadata.return_data.map(|returned| returned.data).unwrap_or_default();
                Ok(Meta { compute_units: metadata.compute_units_consumed, return_data })
            }
            Err(error) => Err(Failure {
                error,
                logs: metadata.map(|metadata| metadata.log_messages).unwrap_or_default(),
            }),
        }
    }

    /// Signs and sends instructions.
    ///
    /// # Errors
    /// The transaction's failure. Nothing has changed then but the payer's balance.
    pub async fn send(
        &mut self,
        instructions: &[Instruction],
        signers: &[&Keypair],
    ) -> Result<Meta, Failure> {
        let transaction = self.sign(instructions, signers).await;
        self.process(transaction).await
    }

    /// Sends instructions that must succeed.
    pub async fn must(&mut self, instructions: &[Instruction], signers: &[&Keypair]) -> Meta {
        match self.send(instructions, signers).await {
            Ok(meta) => meta,
            Err(failure) => panic!("{:?}\n{}", failure.error, failure.logs.join("\n")),
        }
    }

    /// Compute units of an instruction alone, without changing anything.
    pub async fn simulate(&mut self, instruction: &Instruction, signers: &[&Keypair]) -> u64 {
        let blockhash = self.blockhash().await;
        let mut keys = vec![&self.payer];
        keys.extend(signers.iter().filter(|signer| signer.pubkey() != self.payer.pubkey()));
        let instructions = std::slice::from_ref(instruction);
        let payer = self.payer.pubkey();
        let transaction = Transaction::new_signed_with_payer(instructions, Some(&payer), &keys, blockhash);
        let client = &self.context.banks_client;
        let answer = client.simulate_transaction(transaction).await.expect("the bank answers");
        let details = answer.simulation_details.expect("details");
        assert_eq!(answer.result, Some(Ok(())), "{}", details.logs.join("\n"));
        details.units_consumed
    }
}
