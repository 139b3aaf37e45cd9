//! One link's task: greets, then reads, writes and answers until one of the three ends.

use std::sync::Arc;

use tokio::{sync::mpsc, task::JoinError};

use super::input::Input;
use crate::{
    backend::Backend,
    link::{Link, LinkError},
    machine::LinkId,
    message::Message,
    protocol::{Answer, Event, Question},
    transport::{ConnectionError, Transport},
};

/// The ends of a link's queues that its task holds.
pub(super) struct Queues {
    /// What is to be sent. The link closes in good order when the sender is gone.
    pub(super) messages: mpsc::Receiver<Message>,
    /// What is to be answered.
    pub(super) questions: mpsc::Receiver<Question>,
}

pub(super) async fn run<T: Transport>(
    id: LinkId,
    greet: impl Future<Output = Result<Link<T::Connection>, LinkError>>,
    queues: Queues,
    backend: Arc<impl Backend>,
    inputs: mpsc::Sender<Input<T>>,
) {
    let error = match greet.await {
        Ok(link) => talk::<T>(id, link, queues, backend, &inputs).await,
        Err(error) => error,
    };
    let _ = inputs.send(Input::Ended { link: id, error }).await;
}

async fn talk<T: Transport>(
    id: LinkId,
    link: Link<T::Connection>,
    queues: Queues,
    backend: Arc<impl Backend>,
    inputs: &mpsc::Sender<Input<T>>,
) -> LinkError {
    let Link { greeted, security, mut sender, mut receiver, .. } = link;
    let Queues { mut messages, mut questions } = queues;
    // One message of one answer waits, however slowly the peer reads.
    let (answers, mut answered) = mpsc::channel(1);
    let closed = LinkError::Connection(ConnectionError::Closed);
    if inputs.send(Input::Greeted { link: id, greeted, security }).await.is_err() {
        return closed;
    }
    let write = async {
        loop {
            let message = tokio::select! {
                biased;
                message = messages.recv() => message,
                Some(message) = answered.recv() => Some(message),
            };
            let Some(message) = message else { break };
            if let Err(error) = sender.send(&message).await {
                return error.into();
            }
        }
        let _ = sender.close().await;
        closed.clone()
    };
    let read = async {
        loop {
            match receiver.recv().await {
                Ok(message) => {
                    if inputs.send(Input::Event(Event::Received { link: id, message })).await.is_err() {
                        return closed.clone();
                    }
                }
                Err(error) => return error,
            }
        }
    };
    let answer = async {
        match answer_all::<T>(id, &mut questions, answers, backend, inputs).await {
            Ok(()) => core::future::pending().await,
            // Nothing on this link would be answered any more, and the peer would wait.
            Err(error) => {
                tracing::error!(%error, "an answer panicked");
                closed.clone()
            }
        }
    };
    tokio::select! {
        error = write => error,
        error = read => error,
        error = answer => error,
    }
}

async fn answer_all<T: Transport>(
    id: LinkId,
    questions: &mut mpsc::Receiver<Question>,
    answers: mpsc::Sender<Message>,
    backend: Arc<impl Backend>,
    inputs: &mpsc::Sender<Input<T>>,
) -> Result<(), JoinError> {
    while let Some(question) = questions.recv().await {
        let mut answer = Answer::new(question);
        loop {
            let backend = Arc::clone(&backend);
            let step = move || {
                let message = answer.next(&*backend);
                (answer, message)
            };
            let (rest, message) = tokio::task::spawn_blocking(step).await?;
            answer = rest;
            let Some(message) = message else { break };
            if answers.send(message).await.is_err() {
                return Ok(());
            }
        }
        if inputs.send(Input::Event(Event::Answered { link: id })).await.is_err() {
            break;
        }
    }
    Ok(())
}
