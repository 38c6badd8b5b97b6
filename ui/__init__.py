"""The web app: a chat page on Gradio, mounted on FastAPI."""
