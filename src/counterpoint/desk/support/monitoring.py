"""What was done, what worked, what did not, and how long it took: counts that nobody can be found in."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from counterpoint.access.gate import viewer_of
from counterpoint.desk.shell.pages import desk_page
from counterpoint.desk.support import drawing
from counterpoint.support import selectors


@desk_page
def monitoring(request: HttpRequest) -> HttpResponse:
    view = selectors.monitoring_for(viewer_of(request), period=request.GET.get("period", ""))
    context = {
        "view": view,
        "support_picture": drawing.bars(view.support, title="Support by kind and what came of it"),
        "action_picture": drawing.bars(view.actions, title="Actions by kind and what came of them"),
        "legend": drawing.legend(view.support),
        "action_legend": drawing.legend(view.actions),
    }
    return render(request, "desk/support/monitoring.html", context)
