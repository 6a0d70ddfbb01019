"""The runner of PostgreSQL: a procrastinate worker on a loop of its own, in a thread.

Several processes and hosts share the jobs. Who stops giving signs of life loses its jobs to others.
"""

import asyncio
import datetime
import logging
import threading
from collections.abc import Callable, Coroutine
from contextlib import suppress

import structlog
from procrastinate import App, BaseRetryStrategy, PsycopgConnector, RetryDecision
from procrastinate.exceptions import ConnectorException

from civicapp.jobs.schedule import Schedule
from civicapp.jobs.work import Work, in_thread
from civicapp.storage.postgres import conninfo

TAKE_OVER = "core.take_over"  # procrastinate's own job: nobody enqueues it
CLOCK = 1.0  # seconds between looks at the clock
AFTER_ERROR = 3.0


class Redeliver(BaseRetryStrategy):
    """Carry a job again whose end could not be written down, or whose worker stops.

    What a handler raises never comes here: that is for the ledger to decide.
    """

    def get_retry_decision(self, **_: object) -> RetryDecision:
        """Try again soon."""
        return RetryDecision(retry_in={"seconds": 5})


class ProcrastinateRunner:
    """Run jobs of a PostgreSQL database. beat: seconds between signs of life; 3 missed: dead."""

    def __init__(
        self,
        work: Work,
        schedule: Schedule,
        *,
        concurrency: int = 4,
        beat: float = 5.0,
        poll: float = 2.0,
    ) -> None:
        self._work, self._schedule = work, schedule
        self._concurrency, self._beat, self._poll = concurrency, beat, poll
        self._grace, self._left = 0.0, False
        self._under_way: set[asyncio.Future[None]] = set()
        self._stopping = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._thread = threading.Thread(target=self._run, name="civicapp jobs", daemon=True)

    def start(self) -> None:
        """Begin; returns at once."""
        # It writes two lines for every job; failures are ours to tell.
        logging.getLogger("procrastinate").setLevel(logging.WARNING)
        self._thread.start()

    def stop(self, timeout: float) -> bool:
        """Begin no more jobs and wait for those under way; False when time ran out."""
        self._grace = timeout
        self._stopping.set()
        if self._loop is not None and self._stop is not None:
            with suppress(RuntimeError):  # the loop has ended by itself
                self._loop.call_soon_threadsafe(self._stop.set)
        if self._thread.ident is not None:
            self._thread.join(timeout + AFTER_ERROR)
        return not (self._left or self._thread.is_alive())

    def _run(self) -> None:
        asyncio.run(self._main())

    async def _main(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        while not self._stopping.is_set():
            try:
                await self._serve(self._stop)
            except Exception:
                structlog.get_logger().exception("jobs_interrupted")
            if not self._stopping.is_set():
                # The database went away: whatever the worker held is taken over.
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._stop.wait(), AFTER_ERROR)

    async def _serve(self, stop: asyncio.Event) -> None:
        app = self._app()
        async with app.open_async():
            worker = asyncio.create_task(
                app.run_worker_async(
                    queues=[*self._work.jobs, TAKE_OVER],
                    concurrency=self._concurrency,
                    fetch_job_polling_interval=self._poll,
                    install_signal_handlers=False,
                    delete_jobs="always",  # the ledger remembers them
                    update_heartbeat_interval=self._beat,
                    stalled_worker_timeout=3 * self._beat,
                )
            )
            clock = asyncio.create_task(self._clock())
            told = asyncio.create_task(stop.wait())
            await asyncio.wait({worker, clock, told}, return_when=asyncio.FIRST_COMPLETED)
            for task in (worker, clock, told):
                task.cancel()  # for the worker: begin nothing more
            await self._wait_for(worker)
            for task in (worker, clock):
                if task.done() and not task.cancelled() and (error := task.exception()):
                    raise error

    async def _wait_for(self, worker: "asyncio.Task[None]") -> None:
        """Wait until the jobs under way ended; those that take too long are carried elsewhere."""
        await asyncio.wait({worker}, timeout=self._grace if self._stopping.is_set() else None)
        if not worker.done():
            self._left = bool(self._under_way)
            for job in list(self._under_way):
                job.cancel()
            await asyncio.wait({worker}, timeout=AFTER_ERROR)

    async def _clock(self) -> None:
        while True:
            now = datetime.datetime.now(datetime.UTC)
            await asyncio.to_thread(self._schedule.enqueue_due, self._work.database, now)
            await asyncio.sleep(CLOCK)

    def _app(self) -> App:
        address = conninfo(self._work.database.url)
        app = App(connector=PsycopgConnector(conninfo=address, min_size=1, max_size=4))
        for name in self._work.jobs:
            app.task(name=name, queue=name, retry=Redeliver())(self._run_one())
        self._take_over_stalled(app)
        return app

    def _run_one(self) -> Callable[[int], Coroutine[None, None, None]]:
        async def run(id: int) -> None:
            job = asyncio.wrap_future(in_thread(lambda: self._work.run(id)))
            self._under_way.add(job)
            try:
                await job
            finally:
                self._under_way.discard(job)

        return run

    def _take_over_stalled(self, app: App) -> None:
        """Let one worker at a time look for the jobs of dead ones."""

        async def take_over(timestamp: int) -> None:  # noqa: ARG001
            manager = app.job_manager
            stalled = await manager.get_stalled_jobs(seconds_since_heartbeat=3 * self._beat)
            for job in stalled:
                with suppress(ConnectorException):  # it ended after all
                    await manager.retry_job(job)

        task = app.task(name=TAKE_OVER, queue=TAKE_OVER, queueing_lock=TAKE_OVER)(take_over)
        app.periodic(cron=f"* * * * * */{max(1, round(self._beat))}")(task)
