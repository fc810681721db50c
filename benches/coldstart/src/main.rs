//! How long a fresh function takes to its first answer, and a warm one to the next: Tollgate beside an
//! empty function, the authorizer people write in Node.js and one in Python, in one run.
//!
//!     benches/coldstart/run [--rounds 20] [--events 5000] [--only NAME]
//!
//! Each process is fresh, finds SSM and the issuer's keys on loopback, and is handed its first event as
//! soon as it asks. Rounds go through all peers in turn, so that a busy moment meets all of them.

mod http;
mod peer;
mod process;
mod processor;
mod report;
mod runtime_api;
mod world;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::Duration;

use peer::{Peer, Transport};
use process::Process;
use report::Measured;
use runtime_api::RuntimeApi;
use world::World;

/// What ends the run, ready to be printed.
pub type Failure = Box<dyn Error>;

/// Fresh processes and warm events of each peer.
struct Options {
    built: PathBuf,
    rounds: usize,
    events: usize,
    only: Option<String>,
}

fn main() -> Result<(), Failure> {
    let options = options()?;
    let world = World::start()?;
    let folder = options.built.join("surroundings");
    std::fs::create_dir_all(&folder)?;
    let mut peers = peer::all(&options.built);
    peers.retain(|peer| {
        options
            .only
            .as_ref()
            .is_none_or(|only| peer.name.contains(only.as_str()))
    });
    let mut measured: Vec<(&Peer, Measured)> = Vec::new();
    for transport in [Transport::Plain, Transport::Tls] {
        let speak = |peer: &&Peer| transport == Transport::Tls || peer.speaks_plain;
        let mut these: Vec<_> = peers
            .iter()
            .filter(speak)
            .map(|peer| (peer, Measured::of(peer, transport)))
            .collect();
        // One round before the first, so that everybody's files are in the page cache.
        for round in 0..=options.rounds {
            for (peer, into) in &mut these {
                cold(
                    peer,
                    &world,
                    transport,
                    &folder,
                    (round > 0).then_some(into),
                )?;
            }
        }
        measured.append(&mut these);
    }
    processor::stay_on_one()?;
    warm(&mut measured, &world, &folder, options.events)?;
    let measured: Vec<Measured> = measured.into_iter().map(|(_, measured)| measured).collect();
    println!("{}", report::table(&measured, &options.built)?);
    Ok(())
}

fn options() -> Result<Options, Failure> {
    let mut options = Options {
        built: PathBuf::new(),
        rounds: 20,
        events: 5_000,
        only: None,
    };
    let mut arguments = std::env::args().skip(1);
    while let Some(flag) = arguments.next() {
        let value = arguments
            .next()
            .ok_or_else(|| format!("{flag} needs a value"))?;
        match flag.as_str() {
            "--built" => options.built = value.into(),
            "--rounds" => options.rounds = value.parse()?,
            "--events" => options.events = value.parse()?,
            "--only" => options.only = Some(value),
            _ => {
                return Err(
                    format!("{flag} is not known: --built, --rounds, --events, --only").into(),
                );
            }
        }
    }
    Ok(options)
}

fn event(world: &World, number: usize) -> Result<String, Failure> {
    let token = world.token(number)?;
    Ok(serde_json::json!({
        "type": "TOKEN",
        "authorizationToken": format!("Bearer {token}"),
        "methodArn": "arn:aws:execute-api:us-east-1:123456789012:a1b2c3d4e5/main/GET/pro/articles/1",
    })
    .to_string())
}

/// Whoever answers wrongly is not measured but stopped.
fn invoke(api: &RuntimeApi, peer: &Peer, event: &str) -> Result<Duration, Failure> {
    let (took, answer) = api
        .invoke(event)
        .map_err(|error| format!("{}: {error}", peer.name))?;
    if peer.verifies && !answer.contains("Allow") {
        return Err(format!("{} does not let a subscriber in: {answer}", peer.name).into());
    }
    Ok(took)
}

/// One fresh process to its first answer.
fn cold(
    peer: &Peer,
    world: &World,
    transport: Transport,
    folder: &Path,
    into: Option<&mut Measured>,
) -> Result<(), Failure> {
    let api = RuntimeApi::start()?;
    let event = event(world, 0)?;
    let process = Process::start(peer.command(&api.address, world, transport, folder)?)?;
    let polled = api
        .first_poll()
        .map_err(|error| format!("{}: {error}", peer.name))?;
    let first = invoke(&api, peer, &event)?;
    if let Some(into) = into {
        into.to_poll.push(polled - process.started);
        into.first_event.push(first);
        into.to_answer.push(polled - process.started + first);
        into.processor.push(process.processor_time()?);
        into.resident.push(process.resident()?);
    }
    Ok(())
}

/// Events handed to one process before it is the next one's turn.
const TURN: usize = 100;

/// Events before those that are measured: the processor has just run something else.
const AWAKENING: usize = 10;

/// Processes that live on: the same token again and again, then tokens never seen before. They take
/// turns, so that a busy moment meets all of them.
fn warm(
    measured: &mut [(&Peer, Measured)],
    world: &World,
    folder: &Path,
    events: usize,
) -> Result<(), Failure> {
    let known = event(world, 0)?;
    let mut running = Vec::new();
    for (peer, into) in measured {
        if into.transport == Transport::Tls {
            let api = RuntimeApi::start()?;
            let command = peer.command(&api.address, world, Transport::Tls, folder)?;
            let process = Process::start(command)?;
            for _ in 0..TURN {
                invoke(&api, peer, &known)?;
            }
            running.push((*peer, api, process, into));
        }
    }
    for turn in 0..events.div_ceil(TURN) {
        for (peer, api, _, into) in &mut running {
            for _ in 0..AWAKENING {
                invoke(api, peer, &known)?;
            }
            for _ in 0..TURN {
                into.known.push(invoke(api, peer, &known)?);
            }
            // Made before, as signing them would leave the function idle in between.
            let fresh: Vec<String> = (1..=TURN)
                .map(|number| event(world, turn * TURN + number))
                .collect::<Result<_, _>>()?;
            for _ in 0..AWAKENING {
                invoke(api, peer, &known)?;
            }
            for event in &fresh {
                into.never_seen.push(invoke(api, peer, event)?);
            }
        }
    }
    for (_, _, process, into) in running {
        into.resident_warm = Some(process.resident()?);
    }
    Ok(())
}
