"""The engine's own actions. One module each: ``file_write`` is ``uses: file.write``.

``DECLARATION.run`` is ``async (given, context) -> (result, made now)``; ``given`` has met the params model's schema.
"""
