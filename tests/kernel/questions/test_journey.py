from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.kernel.questions.drawing import answers_to, documents, posts_for

from counterpoint.kernel.questions import (
    answers_from_form,
    check,
    first_page_with_problems,
    form_from_answers,
    next_page,
    pages_shown,
    previous_page,
    read_question_set,
    with_page,
)

AT = date(2026, 5, 1)


@st.composite
def walks(draw):
    """A question set, the post that each page gets in the end, and a random order of going about it."""
    question_set = read_question_set(draw(documents()))
    last_posts = {page.id: draw(posts_for(page)) for page in question_set.pages}
    steps = draw(st.lists(st.sampled_from(["next", "back", "post", "repeat", "jump"]), max_size=12))
    strays = [draw(st.sampled_from(question_set.pages)) for _ in steps]
    return (
        question_set,
        last_posts,
        [(step, page, draw(posts_for(page))) for step, page in zip(steps, strays, strict=True)],
    )


def posted(answers, page, form):
    return with_page(answers, answers_from_form(page, form))


@given(walks())
@settings(max_examples=60, deadline=None)
def test_any_wandering_ends_like_answering_in_order(walk):
    question_set, last_posts, steps = walk
    straight = {}
    page = next(iter(pages_shown(question_set, {})), None)
    while page:
        straight = posted(straight, page, last_posts[page.id])
        page = next_page(question_set, straight, after=page.id)

    wandering, here = {}, question_set.pages[0]
    for step, elsewhere, form in steps:
        if step == "jump":
            wandering, here = posted(wandering, elsewhere, form), elsewhere
        elif step in {"post", "repeat"}:
            once = posted(wandering, here, last_posts[here.id])
            wandering = posted(once, here, last_posts[here.id])
            assert wandering == once
        elif step == "back":
            here = previous_page(question_set, wandering, before=here.id) or here
        else:
            here = next_page(question_set, wandering, after=here.id) or here
    page = next(iter(pages_shown(question_set, wandering)), None)
    while page:
        wandering = posted(wandering, page, last_posts[page.id])
        page = next_page(question_set, wandering, after=page.id)

    ended, expected = check(question_set, wandering, at=AT), check(question_set, straight, at=AT)
    assert (ended.answers, ended.problems, ended.pages_shown, ended.facts) == (
        expected.answers,
        expected.problems,
        expected.pages_shown,
        expected.facts,
    )


@st.composite
def answered(draw):
    document = draw(documents())
    return read_question_set(document), draw(answers_to(document))


@given(answered())
@settings(max_examples=40, deadline=None)
def test_next_and_previous_walk_the_shown_pages_both_ways(case):
    question_set, answers = case
    shown = list(pages_shown(question_set, answers))
    forth = [shown[0]] if shown else []
    while forth and (page := next_page(question_set, answers, after=forth[-1].id)):
        forth.append(page)
    back = []
    page = previous_page(question_set, answers)
    while page:
        back.insert(0, page)
        page = previous_page(question_set, answers, before=page.id)
    assert forth == back == shown


@given(answered())
@settings(max_examples=40, deadline=None)
def test_the_first_page_with_problems_is_the_first(case):
    question_set, answers = case
    checked = check(question_set, answers, at=AT)
    with_problems = [page for page in checked.pages_shown if checked.problems_on(page)]
    assert first_page_with_problems(question_set, answers, at=AT) == (with_problems[0] if with_problems else None)


@given(answered())
@settings(max_examples=40, deadline=None)
def test_a_refilled_page_says_the_same_when_posted_again(case):
    question_set, answers = case
    checked = check(question_set, answers, at=AT)
    again = {
        question.id: checked.answers[question.id]
        for question in question_set.questions
        if question.type == "files" and question.id in checked.answers
    }
    for page in checked.pages_shown:
        again = posted(again, page, form_from_answers(page, checked.answers))
    assert check(question_set, again, at=AT).answers == checked.answers
