//! A deploy: code, and the arguments of its first run (protocol 12.7.1).

use alloc::vec::Vec;

use dero_crypto::{DecodeError, NetworkId, codec::Reader, group::domain};

use crate::{Args, GasClass, payload::PayloadError};

/// The version of the machine under which new contracts run, for ever.
const VM_VERSION: u32 = 1;

/// `0x02 | salt 32 | gas class u8 | u32 code length | code | u16 args length | init args`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deploy {
    /// Makes two deploys of one code by one bundle differ.
    pub salt: [u8; 32],
    /// Gas of the first run.
    pub gas_class: GasClass,
    code: Vec<u8>,
    /// Arguments of `init`.
    pub init_args: Args,
}

impl Deploy {
    pub(crate) const FIRST_BYTE: u8 = 2;
    /// Most bytes of code: 64 KiB.
    pub const CODE_MAX: usize = 65536;

    /// A deploy of `code`.
    ///
    /// # Errors
    ///
    /// [`DecodeError::Limit`] above 65,536 bytes of code.
    pub fn new(salt: [u8; 32], gas_class: GasClass, code: Vec<u8>, init_args: Args) -> Result<Self, DecodeError> {
        check_code_length(code.len())?;
        Ok(Self { salt, gas_class, code, init_args })
    }

    /// The code as it stands; whether it is a valid module is the machine's to say.
    #[must_use]
    pub fn code(&self) -> &[u8] {
        &self.code
    }

    /// The id of the contract that this deploy makes, from the input context of bundle 0.
    #[must_use]
    pub fn contract_id(&self, net: &NetworkId, input_context: &[u8; 32]) -> [u8; 32] {
        contract_id(net, input_context, &code_hash(&self.code), &self.salt, &self.init_args)
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, PayloadError> {
        reader.u8("payload kind")?;
        let salt = reader.array("salt")?;
        let gas_class = GasClass::new(reader.u8("gas class")?)?;
        let length = usize::try_from(reader.u32("code length")?).unwrap_or(usize::MAX);
        check_code_length(length)?;
        let code = reader.slice(length, "code")?.to_vec();
        Ok(Self { salt, gas_class, code, init_args: Args::read(reader)? })
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        out.push(Self::FIRST_BYTE);
        out.extend(self.salt);
        out.push(self.gas_class.class());
        out.extend(u32::try_from(self.code.len()).expect("at most CODE_MAX").to_le_bytes());
        out.extend(&self.code);
        self.init_args.write(out);
    }
}

fn check_code_length(length: usize) -> Result<(), DecodeError> {
    if length <= Deploy::CODE_MAX {
        return Ok(());
    }
    Err(DecodeError::Limit { what: "code length", found: length as u64, min: 0, max: Deploy::CODE_MAX as u64 })
}

/// code_hash = h_32("contract/code"; le32 vm_version, code).
#[must_use]
pub fn code_hash(code: &[u8]) -> [u8; 32] {
    domain::CONTRACT_CODE.hash(&[&VM_VERSION.to_le_bytes(), code])
}

/// contract_id = h_32("contract/id"; net, ic of bundle 0, code_hash, salt, h_32("contract/init"; init args)).
#[must_use]
pub fn contract_id(
    net: &NetworkId,
    input_context: &[u8; 32],
    code_hash: &[u8; 32],
    salt: &[u8; 32],
    init_args: &Args,
) -> [u8; 32] {
    let init = domain::CONTRACT_INIT.hash(&[init_args.as_bytes()]);
    domain::CONTRACT_ID.hash(&[&net.0, input_context, code_hash, salt, &init])
}
