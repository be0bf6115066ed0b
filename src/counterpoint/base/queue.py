"""The queue of work to be done in the background: django-tasks-db's, whose rows are written as our own are.

Every send of a form enqueues one task within its transaction. The package puts the statement together by the ORM,
checks the task again, which was checked when it was declared, and builds the result twice: a sixth of a whole send.
"""

from typing import Any

from django_tasks_db import DatabaseBackend
from django_tasks_db.compat import normalize_json, task_enqueued

from counterpoint.base.rows import insert


class Queue(DatabaseBackend):
    """As DatabaseBackend, which its workers take it for."""

    def enqueue(self, task: Any, args: Any, kwargs: Any) -> Any:
        """Write the task into the caller's transaction and return its result to be."""
        from django_tasks_db.models import DBTaskResult, get_date_max  # the backend is made before models are

        row: DBTaskResult[..., Any] = DBTaskResult(
            args_kwargs=normalize_json({"args": args, "kwargs": kwargs}),
            priority=task.priority,
            task_path=task.module_path,
            queue_name=task.queue_name,
            run_after=task.run_after or get_date_max(),
            backend_name=self.alias,
        )
        result = insert(row).task_result
        task_enqueued.send(type(self), task_result=result)
        return result
