//! The life of a connection: messages in, answers and orders out, until one side ends it.

use std::sync::Arc;
use std::time::Instant as Clock;

use futures_util::{SinkExt, StreamExt};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};

use super::connection::Connection;
use super::connections::{Order, Seat};
use super::end::End;
use super::{
    CLOSE_TIME, MAX_FRAME, MAX_IDLE, MAX_IN_FLIGHT, MAX_LIFE, MAX_MESSAGE, SEND_TIME, message,
};
use crate::gateway::api::DISCONNECT;
use crate::gateway::clock::Moment;
use crate::gateway::event::websocket::{Occasion, disconnect_event};
use crate::gateway::exchange::{Exchange, Notes};
use crate::gateway::log::Outcome;
use crate::gateway::stage::Stage;
use crate::gateway::verdict::Verdict;
use crate::template::api::Route;

/// Bytes read at once. Connections are many, and messages mostly short.
const READ_BUFFER: usize = 4 * 1024;

/// A connection that was let in, and by what.
pub(super) struct Established {
    /// As it was at the handshake.
    pub stage: Arc<Stage>,
    pub connection: Connection,
    /// The authorizer's; `None` if there was none.
    verdict: Option<Verdict>,
}

impl Established {
    pub(super) fn occasion<'a>(&'a self, moment: &'a Moment) -> Occasion<'a> {
        Occasion {
            api: &self.stage.api,
            connection: &self.connection,
            moment,
            principal: self.verdict.as_ref().and_then(Verdict::principal),
        }
    }

    /// What is told of a message that takes this route, or of the end: who connected, and as yet not what
    /// came of it.
    pub(super) fn exchange(&self, route: Option<&Route>, moment: &Moment) -> Exchange {
        let notes = Notes {
            is_of_connection: true,
            route: route.map(Route::shown),
            verdict: self.verdict.clone(),
            ..Notes::default()
        };
        Exchange {
            notes,
            ..self.stage.begin(moment)
        }
    }
}

/// A connection from its handshake to its end.
pub(super) struct Session {
    on: Arc<Established>,
    seat: Seat,
    slot: OwnedSemaphorePermit,
    begun: Clock,
}

impl Session {
    /// Makes the connection known. Orders for it wait until the client has its 101.
    pub(super) fn open(
        stage: &Arc<Stage>,
        slot: OwnedSemaphorePermit,
        connection: Connection,
        verdict: Option<Verdict>,
    ) -> Self {
        let name = stage.api.stage();
        Self {
            seat: stage.connections.seat(connection.clone(), name),
            on: Arc::new(Established {
                stage: Arc::clone(stage),
                connection,
                verdict,
            }),
            slot,
            begun: Clock::now(),
        }
    }

    /// Serves the connection once it is handed over, then tells `$disconnect`.
    pub(super) async fn run(self, upgrade: OnUpgrade) {
        match timeout(SEND_TIME, upgrade).await {
            Ok(Ok(upgraded)) => self.serve(TokioIo::new(upgraded)).await,
            // The client was gone before its 101.
            Ok(Err(_)) | Err(_) => self.ended(End::LOST, JoinSet::new()).await,
        }
    }

    async fn serve<S: AsyncRead + AsyncWrite + Unpin>(mut self, stream: S) {
        let mut config = WebSocketConfig::default();
        config.read_buffer_size = READ_BUFFER;
        config.write_buffer_size = 0;
        config.max_write_buffer_size = 2 * MAX_MESSAGE;
        config.max_message_size = Some(MAX_MESSAGE);
        config.max_frame_size = Some(MAX_FRAME);
        let mut socket = WebSocketStream::from_raw_socket(stream, Role::Server, Some(config)).await;
        let mut answers = JoinSet::new();
        let end = self.live(&mut socket, &mut answers).await;
        let ended = self.ended(end.clone(), answers);
        // The client need not wait for the function, nor the function for the client.
        tokio::join!(close(socket, &end), ended);
    }

    /// Until something ends the connection.
    async fn live<S: AsyncRead + AsyncWrite + Unpin>(
        &mut self,
        socket: &mut WebSocketStream<S>,
        answers: &mut JoinSet<Option<Message>>,
    ) -> End {
        let over = Instant::now() + MAX_LIFE;
        let mut active = Instant::now();
        loop {
            let sent = tokio::select! {
                frame = socket.next(), if answers.len() < MAX_IN_FLIGHT => match frame {
                    Some(Ok(Message::Text(text))) => {
                        answers.spawn(message::answered(Arc::clone(&self.on), text));
                        Ok(())
                    }
                    Some(Ok(Message::Binary(_))) => Err(End::BINARY),
                    Some(Ok(Message::Close(frame))) => Err(End::by_client(frame)),
                    Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => Ok(()),
                    Some(Err(error)) => Err(End::of(&error)),
                    None => Err(End::LOST),
                },
                Some(answer) = answers.join_next() => match answer {
                    Ok(Some(answer)) => send(socket, answer).await,
                    // Nothing is to be sent.
                    Ok(None) | Err(_) => continue,
                },
                Some(order) = self.seat.inbox.recv() => match order {
                    Order::Send(message, sent) => {
                        let outcome = send(socket, message).await;
                        if outcome.is_ok() {
                            // Who ordered it may have left.
                            let _ = sent.send(());
                        }
                        outcome
                    }
                    Order::Close => Err(End::DELETED),
                },
                () = sleep_until(over.min(active + MAX_IDLE)) => Err(End::GOING_AWAY),
                () = ends(&mut self.seat.ending) => Err(End::GOING_AWAY),
            };
            match sent {
                Ok(()) => active = Instant::now(),
                Err(end) => return end,
            }
            self.seat
                .active_at((self.on.stage.options.clock)().epoch_ms);
        }
    }

    /// Tells `$disconnect`, where the API has it. What its backend answers goes nowhere.
    async fn ended(self, end: End, mut answers: JoinSet<Option<Message>>) {
        let Self {
            on,
            seat,
            slot,
            begun,
        } = self;
        // From here on the management API says that it is gone.
        drop(seat);
        let options = &on.stage.options;
        let moment = (options.clock)();
        let mut reason = end.logged();
        let route = on.stage.api.route_of_key(DISCONNECT);
        if route.is_some() {
            let event = disconnect_event(on.occasion(&moment), end.code, &end.reason);
            let answer = options
                .backend
                .invoke(event, options.timeouts.of_backend(&on.stage.api))
                .await;
            if answer.is_err() {
                reason = "the backend of `$disconnect` failed";
            }
        }
        (options.log)(&Arc::new(Exchange {
            method: "DISCONNECT".to_owned(),
            path: DISCONNECT.to_owned(),
            status: end.code,
            outcome: Outcome::Closed,
            reason: reason.to_owned(),
            elapsed: begun.elapsed(),
            ..on.exchange(route, &moment)
        }));
        // The backend ends what it began, though nobody waits for it.
        while answers.join_next().await.is_some() {}
        drop(slot);
    }
}

async fn ends(ending: &mut watch::Receiver<bool>) {
    // Its sender gone means the same.
    let _ = ending.wait_for(|ending| *ending).await;
}

async fn send<S: AsyncRead + AsyncWrite + Unpin>(
    socket: &mut WebSocketStream<S>,
    message: Message,
) -> Result<(), End> {
    match timeout(SEND_TIME, socket.send(message)).await {
        Ok(sent) => sent.map_err(|error| End::of(&error)),
        Err(_) => Err(End::LOST),
    }
}

/// The close handshake, then the end of the stream.
async fn close<S: AsyncRead + AsyncWrite + Unpin>(mut socket: WebSocketStream<S>, end: &End) {
    let handshake = async {
        if let Some(frame) = end.frame() {
            let _ = socket.close(Some(frame)).await;
        }
        // Sends the answer to the client's close frame, or waits for the one to ours.
        while let Some(Ok(_)) = socket.next().await {}
        let stream = socket.get_mut();
        let _ = stream.shutdown().await;
        // What is still on its way is read, or the system would reset the connection and the client
        // might never see the close frame.
        let mut rest = [0; READ_BUFFER];
        while let Ok(1..) = stream.read(&mut rest).await {}
    };
    // A client that is slow to close is cut off.
    let _ = timeout(CLOSE_TIME, handshake).await;
}

#[cfg(test)]
mod tests;
