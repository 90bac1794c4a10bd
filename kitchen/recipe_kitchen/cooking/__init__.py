"""From what a cook wants to a recipe on the table: `recipe-cook` in the terminal and the browser.

`order` words the request, `models` finds who answers it, `ready` scales and checks the answer;
`card`, `live`, `texts` and `linked` write it, `showing` prints it; `keeping` is the history;
`server` and `page` are its local web page.
"""
