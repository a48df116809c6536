//! Failures of `bundle-install`: what an error means for the person who called, and for the exit code.

use std::io::{self, ErrorKind};

use smoke_bundle::Refusal;
use smoke_core::cause::{Cause, Code};

/// The cause that `error` stands for. One that the machine is not to blame for has the code `usual`.
pub fn cause(error: &anyhow::Error, usual: Code) -> Cause {
    let kind =
        error.chain().find_map(|cause| cause.downcast_ref::<io::Error>()).map(io::Error::kind);
    let (code, next) = match kind {
        Some(ErrorKind::StorageFull | ErrorKind::QuotaExceeded) => {
            (Code::DiskFull, "free some space and run this again")
        }
        Some(ErrorKind::TimedOut) => (Code::Deadline, "run this again"),
        None
        | Some(ErrorKind::NotFound | ErrorKind::AlreadyExists | ErrorKind::InvalidData)
        | Some(ErrorKind::InvalidInput | ErrorKind::NotADirectory | ErrorKind::IsADirectory) => {
            (usual, "correct this and run it again; nothing was changed")
        }
        Some(_) => {
            (Code::PrerequisiteMissing, "make the place readable and writable, then run this again")
        }
    };
    match error.chain().find_map(|cause| cause.downcast_ref::<Refusal>()) {
        Some(refusal) => Cause::new(code, &refusal.reason, &refusal.remedy),
        None => Cause::new(code, format!("{error:#}"), next),
    }
}

/// The cause, for a person.
pub fn shown(cause: &Cause) -> String {
    format!("error: {} [{}]\n  try next    {}", cause.summary, cause.code.as_str(), cause.next)
}

#[cfg(test)]
mod tests {
    use anyhow::Context;

    use super::*;

    #[test]
    fn the_machine_and_the_input_are_told_apart() {
        for (kind, code, exit_code) in [
            (ErrorKind::StorageFull, Code::DiskFull, 4),
            (ErrorKind::ReadOnlyFilesystem, Code::PrerequisiteMissing, 4),
            (ErrorKind::PermissionDenied, Code::PrerequisiteMissing, 4),
            (ErrorKind::TimedOut, Code::Deadline, 3),
            (ErrorKind::NotFound, Code::BundleInvalid, 2),
        ] {
            let error = Err::<(), _>(io::Error::from(kind)).context("write x").unwrap_err();
            let cause = cause(&error, Code::BundleInvalid);
            assert_eq!((cause.code, cause.exit_code()), (code, exit_code));
            assert!(shown(&cause).starts_with("error: write x: "));
        }
        assert_eq!(cause(&anyhow::anyhow!("x"), Code::Usage).exit_code(), 2);
    }
}
