"""The body of a loop on the canvas: what runs again with each attempt."""

from anomaly_agent.nodes.graph_expansion import find_body, is_link

#: 1 normal picture, 2 begin, 3 generator, 4 judge, 5 end, 6 preview within, 7 preview after, 8 a node that uses the
#: normal picture and the outcome, 9 a model beside the loop, 10 a preview of a preview.
GRAPH = {
    "1": {},
    "2": {"image": ["1", 0]},
    "3": {"image": ["2", 1], "prompt": ["2", 2], "model": ["9", 0], "steps": 4},
    "4": {"edited": ["3", 0], "normal": ["2", 1]},
    "5": {"loop": ["2", 0], "image": ["3", 0], "score": ["4", 0]},
    "6": {"images": ["3", 0]},
    "7": {"images": ["5", 0]},
    "8": {"normal": ["2", 1], "edited": ["5", 0]},
    "9": {"name": "a"},
    "10": {"source": ["6", 0]},
}


def test_the_body_is_what_the_opener_reaches_less_what_the_closer_reaches():
    assert find_body(GRAPH, "2", "5") == {"3", "4", "6", "10"}


def test_a_loop_within_the_loop_belongs_to_the_body():
    graph = {
        "a": {},
        "b": {"image": ["a", 0]},
        "c": {"loop": ["b", 0], "image": ["b", 1]},
        "z": {"loop": ["a", 0], "image": ["c", 0]},
    }
    assert find_body(graph, "a", "z") == {"b", "c"}
    assert find_body(graph, "b", "c") == set()


def test_values_that_look_like_links_are_told_apart():
    assert is_link(["4", 0])
    assert not any(map(is_link, (["4"], ["4", "0"], [4, 0], "4", None, ["4", 0, 1])))
