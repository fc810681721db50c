//! `tollgate user-hash`: what stands for a user in the log, to find what was decided for them.

use std::process::ExitCode;
use std::time::Duration;

use tollgate_gateway::record::user_hash::UserHash;
use tollgate_identity::secret_ref::SecretRef;
use tollgate_identity::sources::Sources;

/// Time to read the salt.
const WITHIN: Duration = Duration::from_secs(10);

const EXIT_CODES: &str = "\
Exit codes: 0 done; 1 the salt cannot be read or is too short; 2 the command line is not understood

The salt is the one that `salt` in `logs:` of authorizer.yaml names. Without one there, a process
hashes with a random key of its own, and nobody can say whose hash it is.";

/// What `tollgate user-hash` is told.
#[derive(clap::Args)]
#[command(after_help = EXIT_CODES)]
pub struct Arguments {
    /// The user's ID, as the provider has it and the backend is told it (`userId`)
    id: String,
    /// Where the salt is kept: `env:NAME`, `file:PATH` or `ssm:/NAME`; never the salt itself
    #[arg(long, value_name = "PLACE")]
    salt_from: String,
}

/// Prints the hash.
pub fn run(arguments: &Arguments) -> ExitCode {
    // Not by the reader of the command line, which would repeat what it does not understand.
    let place: SecretRef = match arguments.salt_from.parse() {
        Ok(place) => place,
        Err(error) => {
            eprintln!("tollgate user-hash: --salt-from: {error}");
            return ExitCode::from(2);
        }
    };
    match hash(&arguments.id, &place) {
        Ok(hash) => {
            println!("{hash}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("tollgate user-hash: {error}");
            ExitCode::FAILURE
        }
    }
}

fn hash(id: &str, place: &SecretRef) -> Result<String, String> {
    let runtime = tokio::runtime::Runtime::new().map_err(|error| error.to_string())?;
    let sources = Sources::system().of_developer();
    let salt = runtime.block_on(Box::pin(sources.secret(place, WITHIN)));
    let salt = salt.map_err(|error| error.to_string())?;
    let hash = UserHash::salted(&salt).map_err(|short| format!("`{place}`: {short}"))?;
    Ok(hash.of(id))
}
