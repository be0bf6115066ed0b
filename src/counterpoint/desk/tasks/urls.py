"""Routes of tasks, clocks and absences."""

from django.urls import path

from counterpoint.desk.tasks import absences, tasks

urlpatterns = [
    path("tasks/", tasks.tasks, name="tasks"),
    path("tasks/<uuid:task_id>/take/", tasks.take, name="task_take"),
    path("tasks/<uuid:task_id>/give/", tasks.give, name="task_give"),
    path("clocks/", tasks.board, name="clocks"),
    path("tasks/away/", absences.absences, name="absences"),
    path("tasks/away/<uuid:absence_id>/end/", absences.end, name="absence_end"),
]
