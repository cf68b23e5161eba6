"""The folder of an agent and its tools: `Folder` of `executors.agent.ports`, for the desk's
workers and for the command line. `folder.open_folder` is where it begins (`docs/agent-tools.md`).
"""
